import { z } from "zod";
import { component } from "../openapi/components.ts";
import { moment } from "./parameters.ts";

const letterShape = {
  id: z.string().describe("its offset in the dead-letter topic"),
  task: z.int(),
  stage: z.string(),
  transform: z.string().nullable(),
  code: z.string(),
  error: z.string(),
  attempts: z.int(),
  time: moment,
  resolved: z.boolean().describe("replayed since"),
  origin: z.object({
    stream: z.string(),
    topic: z.string(),
    partition: z.int().nullable(),
    offset: z.string().nullable(),
    id: z.string().nullable(),
    timestamp: moment.nullable(),
  }),
  size: z.int().describe("bytes of the original payload"),
  truncated: z.boolean(),
  dropped_headers: z.int(),
};

export const letterSchema = component("DeadLetter", z.object(letterShape));

export const wholeLetterSchema = component(
  "WholeDeadLetter",
  z.object({
    ...letterShape,
    payload: z.object({ encoding: z.enum(["utf8", "base64"]), data: z.string() }),
    headers: z.record(z.string(), z.object({ kind: z.string(), value: z.unknown() })),
  }),
);

export const letterPageSchema = component(
  "DeadLetterPage",
  z.object({
    dead_letters: z.array(letterSchema),
    next: z.string().nullable().describe("what to give as after for the next page; null: this is the last"),
  }),
);

export const replaySchema = component(
  "ReplayReport",
  z.object({
    replayed: z.int(),
    skipped: z.int().describe("resolved already, or no letter of that id"),
    failed: z.int(),
    failures: z
      .array(z.object({ id: z.string(), code: z.string(), error: z.string() }))
      .describe("the first ones, each with its reason"),
  }),
);
