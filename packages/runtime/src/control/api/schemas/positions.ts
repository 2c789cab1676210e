import { z } from "zod";
import { component } from "../openapi/components.ts";

const partitionFields = { stream: z.string(), topic: z.string(), partition: z.int() };

export const consumedSchema = component(
  "PartitionOffsets",
  z.object({
    ...partitionFields,
    stored: z.string().nullable().describe("last stored offset; null if none is stored"),
    end: z.string().nullable().describe("last offset of the partition; null if it is empty"),
    lag: z.number().describe("messages"),
    owner: z.string().nullable().describe("member of the consumer group that owns the partition"),
  }),
);

export const resetSchema = component(
  "PartitionReset",
  z.object({
    ...partitionFields,
    before: z.string().describe("offset of the next message before the reset"),
    after: z.string().describe("offset of the next message after the reset"),
    replayed: z.int(),
    skipped: z.int(),
  }),
);

export const resetReportSchema = component(
  "ResetReport",
  z.object({ preview: z.boolean(), partitions: z.array(resetSchema) }),
);
