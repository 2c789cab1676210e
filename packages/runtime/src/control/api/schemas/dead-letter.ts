import { z } from "zod";
import { component } from "../openapi/components.ts";
import { encodedBytes, moment } from "./fields.ts";

const deadLetterFields = {
  id: z.string().describe("offset in the dead-letter topic"),
  task: z.int(),
  stage: z.string(),
  transform: z.string().nullable(),
  code: z.string(),
  error: z.string(),
  attempts: z.int(),
  time: moment,
  resolved: z.boolean().describe("it has been replayed"),
  origin: z.object({
    stream: z.string(),
    topic: z.string(),
    partition: z.int().nullable(),
    offset: z.string().nullable(),
    id: z.string().nullable(),
    timestamp: moment.nullable().describe("when Iggy stored it; of a source, what the source gave it"),
    origin_timestamp: moment.nullable().describe("what its producer gave it"),
  }),
  size: z.int().describe("size of the original payload in bytes"),
  truncated: z.boolean(),
  dropped_headers: z.int(),
};

export const deadLetterSchema = component("DeadLetter", z.object(deadLetterFields));

export const deadLetterDetailsSchema = component(
  "DeadLetterDetails",
  z.object({
    ...deadLetterFields,
    payload: z.object(encodedBytes),
    headers: z.record(z.string(), z.object({ kind: z.string(), value: z.unknown() })),
  }),
);

export const deadLetterPageSchema = component(
  "DeadLetterPage",
  z.object({
    dead_letters: z.array(deadLetterSchema),
    next: z.string().nullable().describe("`after` of the next page; null if this is the last one"),
  }),
);

export const replaySchema = component(
  "ReplayReport",
  z.object({
    replayed: z.int(),
    skipped: z.int().describe("already resolved, or no dead letter has this id"),
    failed: z.int(),
    failures: z
      .array(z.object({ id: z.string(), code: z.string(), error: z.string() }))
      .describe("the first failures, each with its reason"),
  }),
);
