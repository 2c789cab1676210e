import { z } from "zod";
import { component } from "../openapi/components.ts";

const bytes = z.int().describe("bytes");
const count = z.int();

export const statsSchema = component(
  "Stats",
  z.object({
    connectors_runtime_version: z.string(),
    connectors_runtime_version_semver: z.int().optional().describe("1.2.3 is 1002003"),
    process_id: z.int(),
    cpu_usage: z.number().describe("of the process, percent since the previous call"),
    total_cpu_usage: z.number().describe("of the cores that the process may use, percent"),
    memory_usage: bytes,
    total_memory: z.int().describe("bytes of the machine, or the limit of the container when that is lower"),
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
        connector_type: z.enum(["sink", "source"]),
        version: z.string().describe("of the plugin"),
        version_semver: z.int().optional(),
        status: z.string(),
        enabled: z.boolean(),
        messages_produced: count.optional(),
        messages_sent: count.optional(),
        messages_consumed: count.optional(),
        messages_processed: count.optional(),
        messages_filtered: count,
        errors: count,
      }),
    ),
  }),
);
