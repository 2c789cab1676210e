import { z } from "zod";
import { COUNTERS } from "../../../shared/task/counters.ts";
import { CONNECTOR_TYPES } from "../../../shared/task/task-spec.ts";
import { ORIGINAL_COUNTERS } from "../../metrics/original-counters.ts";
import { component } from "../openapi/components.ts";
import { connectorStatus, connectorType } from "./fields.ts";

const bytes = z.int().describe("bytes");
const count = z.int();

type OriginalCounter = (typeof ORIGINAL_COUNTERS)[number];
type CountersShape = {
  [Name in OriginalCounter as (typeof COUNTERS)[Name]["metric"]]: z.ZodOptional<z.ZodInt> | z.ZodInt;
};

/** A counter that only one type of connector has is absent in the other type. */
const countersShape = Object.fromEntries(
  ORIGINAL_COUNTERS.map((name) => {
    const { metric, types } = COUNTERS[name];
    return [metric, types.length === CONNECTOR_TYPES.length ? count : count.optional()];
  }),
) as CountersShape;

export const statsSchema = component(
  "Stats",
  z.object({
    connectors_runtime_version: z.string(),
    connectors_runtime_version_semver: z.int().optional().describe("1.2.3 is 1002003"),
    process_id: z.int(),
    cpu_usage: z.number().describe("CPU use of the process since the previous call, percent of one core"),
    total_cpu_usage: z.number().describe("CPU use of all cores that the process may use, percent"),
    memory_usage: bytes,
    total_memory: z.int().describe("bytes of the machine, or the memory limit of the container if that is lower"),
    available_memory: bytes,
    run_time: z.int().describe("microseconds"),
    start_time: z.int().describe("microseconds since the Unix epoch"),
    sources_total: count,
    sources_running: count,
    sinks_total: count,
    sinks_running: count,
    connectors: z.array(
      z.object({
        key: z.string(),
        name: z.string(),
        connector_type: connectorType,
        version: z.string().describe("version of the plugin"),
        version_semver: z.int().optional(),
        status: connectorStatus,
        enabled: z.boolean(),
        ...countersShape,
      }),
    ),
  }),
);
