import { byteSize } from "@iggy-connectors/sdk";
import { z } from "zod";

export const stdoutSinkConfig = z.object({
  print_payload: z
    .boolean()
    .default(false)
    .describe('With `format = "log"`: also logs each message with its payload.')
    .meta({ example: true }),
  format: z
    .enum(["log", "json_lines", "raw"])
    .default("log")
    .describe(
      "`log`: the connector's log, one line per batch (messages, schema, stream, topic, partition, offset, invocation). `json_lines`: one JSON line per message on standard output. `raw`: the payload's bytes and a line feed on standard output.",
    )
    .meta({ example: "json_lines" }),
  include_metadata: z
    .boolean()
    .default(false)
    .describe("Shows id, offset, timestamps, stream, topic and partition of each message; not with `raw`.")
    .meta({ example: true }),
  include_headers: z
    .boolean()
    .default(false)
    .describe("Shows the headers of each message; not with `raw`.")
    .meta({ example: true }),
  sample_every: z
    .int()
    .min(1)
    .default(1)
    .describe("Shows only every n-th message; all messages are delivered.")
    .meta({ unit: "messages", example: 1000 }),
  max_payload_bytes: byteSize()
    .prefault("1KiB")
    .describe('With `format = "log"`: maximum number of payload bytes shown; 0 = all.')
    .meta({ example: "16KiB" }),
});

export type StdoutSinkConfig = z.infer<typeof stdoutSinkConfig>;
