import { z } from "zod";
import { component } from "../openapi/components.ts";

const place = { stream: z.string(), topic: z.string(), partition: z.int() };

export const consumedSchema = component(
  "PartitionOffsets",
  z.object({
    ...place,
    stored: z.string().nullable().describe("last offset that is stored; null: none"),
    end: z.string().nullable().describe("last offset of the partition; null: it is empty"),
    lag: z.number().describe("messages"),
    owner: z.string().nullable().describe("member of the consumer group"),
  }),
);

export const resetSchema = component(
  "PartitionReset",
  z.object({
    ...place,
    before: z.string().describe("offset of the message that was next"),
    after: z.string().describe("offset of the message that is next"),
    replayed: z.int(),
    skipped: z.int(),
  }),
);
