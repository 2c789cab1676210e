import { z } from "zod";
import { COUNTER_NAMES, COUNTERS, type CounterName, type TaskCounters } from "../../../shared/task/counters.ts";

type CountersShape = { [Name in CounterName as (typeof COUNTERS)[Name]["key"]]: z.ZodInt };

/** Every counter of a connector. */
export const countersSchema = z
  .object(
    Object.fromEntries(
      COUNTER_NAMES.map((name) => [COUNTERS[name].key, z.int().describe(COUNTERS[name].help)]),
    ) as unknown as CountersShape,
  )
  .describe("since the process started");

/** The counters as `countersSchema` describes them. */
export function countersShape(counters: Readonly<TaskCounters>): z.input<typeof countersSchema> {
  const entries = COUNTER_NAMES.map((name) => [COUNTERS[name].key, counters[name]]);
  return Object.fromEntries(entries) as z.input<typeof countersSchema>;
}
