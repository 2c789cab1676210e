import { byteSize, duration } from "@iggy-connectors/sdk";
import { z } from "zod";

/** Iggy takes no larger payload. */
const MAX_PAYLOAD = 64_000_000;
/** A message id rests on the first line's first 256 bytes, which must be known before anything is delivered. */
const MIN_LINE_LIMIT = 256;

export const fileSourceConfig = z.object({
  path: z
    .string()
    .min(1)
    .describe('The file to read, one message per line. "-" is the standard input.')
    .meta({ example: "/var/log/app.log" }),
  start_at: z
    .enum(["beginning", "end"])
    .default("beginning")
    .describe("Where to begin when there is no checkpoint yet. A file that appears later is read from its beginning.")
    .meta({ example: "end" }),
  mode: z
    .enum(["tail", "once"])
    .default("tail")
    .describe("`tail` follows the file for ever, through rotation; `once` completes at its end.")
    .meta({ example: "once" }),
  max_line_bytes: byteSize()
    .prefault("1MiB")
    .refine((bytes) => bytes >= MIN_LINE_LIMIT && bytes <= MAX_PAYLOAD, {
      error: `must be between ${MIN_LINE_LIMIT} and ${MAX_PAYLOAD} bytes, the largest payload that Iggy takes`,
    })
    .describe("Longer lines are handled by `long_lines`.")
    .meta({ example: "64KiB" }),
  long_lines: z
    .enum(["split", "skip"])
    .default("split")
    .describe(
      "`split` delivers a long line in pieces with the header `file.piece`; `skip` leaves it out, counted and logged.",
    )
    .meta({ example: "skip" }),
  poll_interval: duration()
    .prefault("250ms")
    .describe("How often the file is looked at when there is nothing to read.")
    .meta({ example: "1s" }),
  rotate_wait: duration()
    .prefault("1s")
    .describe("A rotated file is left when nothing was written to it for this long.")
    .meta({ example: "5s" }),
  include_headers: z
    .boolean()
    .default(false)
    .describe("Adds the headers `file.path` and `file.offset` to every message.")
    .meta({ example: true }),
});

export type FileSourceConfig = z.infer<typeof fileSourceConfig>;
