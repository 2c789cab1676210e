import { z } from "zod";
import type { TaskCounters } from "../../../shared/task/counters.ts";
import { NO_TOTALS } from "../../supervisor/totals.ts";

type SnakeCase<Text extends string> = Text extends `${infer First}${infer Rest}`
  ? `${First extends Lowercase<First> ? First : `_${Lowercase<First>}`}${SnakeCase<Rest>}`
  : Text;

type CounterName = keyof TaskCounters;
type CountersShape = { [Name in CounterName as SnakeCase<Name>]: z.ZodInt };

const NAMES = Object.keys(NO_TOTALS.counters) as CounterName[];

/** Every counter of a connector, under its name in snake_case. */
export const countersSchema = z
  .object(Object.fromEntries(NAMES.map((name) => [snakeCase(name), z.int()])) as unknown as CountersShape)
  .describe("since the process started");

/** The counters as `countersSchema` describes them. */
export function countersShape(counters: Readonly<TaskCounters>): z.input<typeof countersSchema> {
  const entries = NAMES.map((name) => [snakeCase(name), counters[name]]);
  return Object.fromEntries(entries) as z.input<typeof countersSchema>;
}

function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
