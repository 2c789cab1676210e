import { duration } from "@iggy-connectors/sdk";
import { z } from "zod";
import { MAX_TEXT_LENGTH } from "./record-generator.ts";

const messagesRange = z
  .tuple([z.int().min(0).max(0xffff_ffff), z.int().min(1).max(0xffff_ffff)])
  .refine(([low, high]) => low < high, {
    error: "the lower bound must be below the upper one, which is exclusive: [3, 4] always gives 3 messages",
  });

export const randomSourceConfig = z.object({
  interval: duration()
    .prefault("1s")
    .describe('Pause between two batches. "0" generates as fast as Iggy accepts them.')
    .meta({ example: "100ms" }),
  max_count: z
    .int()
    .min(0)
    .optional()
    .describe(
      "Total number of messages, counted in the checkpoint; then the connector is `completed`. Absent: unlimited.",
    )
    .meta({ example: 1_000_000 }),
  messages_range: messagesRange
    .default([10, 50])
    .describe("Messages per batch, drawn from low (inclusive) to high (exclusive).")
    .meta({ example: [10, 50] }),
  payload_size: z
    .int()
    .min(0)
    .max(MAX_TEXT_LENGTH)
    .default(100)
    .describe("Length of the field `text`.")
    .meta({ unit: "characters", example: 200 }),
  seed: z
    .union([z.string().min(1), z.int()])
    .optional()
    .describe("Makes records and message ids reproducible: the same seed gives the same n-th message in every run.")
    .meta({ example: "load-test-1" }),
});

export type RandomSourceConfig = z.infer<typeof randomSourceConfig>;
