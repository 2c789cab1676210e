import { byteSize, duration } from "@iggy-connectors/sdk";
import { z } from "zod";

/** The maximum payload size of Iggy. */
const MAX_PAYLOAD = 64_000_000;
/** A message id rests on the first line's first 256 bytes, which must be known before anything is delivered. */
const MIN_LINE_LIMIT = 256;

export const fileSourceConfig = z.object({
  path: z
    .string()
    .min(1)
    .describe('File to read, one message per line, relative to the working directory. "-" is standard input.')
    .meta({ example: "/var/log/app.log", file: true }),
  format: z
    .enum(["bytes", "json", "text"])
    .default("bytes")
    .describe(
      "What a line is. `bytes`: a payload in the stream's schema, as it is. `json`, `text`: a JSON text or a string in UTF-8, which is written by the stream's schema, for example as Avro. A line that is not of its format or cannot be written goes where `on_error` says.",
    )
    .meta({ example: "json" }),
  start_at: z
    .enum(["beginning", "end"])
    .default("beginning")
    .describe("Where to begin without a checkpoint. A file that appears later is read from its beginning.")
    .meta({ example: "end" }),
  mode: z
    .enum(["tail", "once"])
    .default("tail")
    .describe(
      "`tail` follows the file, through rotation, without end. `once` completes at its end, and delivers a last line without line feed, too.",
    )
    .meta({ example: "once" }),
  max_line_bytes: byteSize()
    .prefault("1MiB")
    .refine((bytes) => bytes >= MIN_LINE_LIMIT && bytes <= MAX_PAYLOAD, {
      error: `must be between ${MIN_LINE_LIMIT} and ${MAX_PAYLOAD} bytes, the maximum payload size of Iggy`,
    })
    .describe("Maximum length of a line; `long_lines` says what happens to longer ones.")
    .meta({ example: "64KiB" }),
  long_lines: z
    .enum(["split", "skip"])
    .default("split")
    .describe(
      "`split`: a long line is delivered in pieces, cut between UTF-8 characters and numbered from 1 in the header `file.piece`. `skip`: it is left out, counted in `file_skipped_lines_total` and logged.",
    )
    .meta({ example: "skip" }),
  poll_interval: duration()
    .prefault("250ms")
    .describe("How often the file is checked when there is nothing to read.")
    .meta({ example: "1s" }),
  rotate_wait: duration()
    .prefault("1s")
    .describe("A rotated file is finished when nothing was written to it for this long.")
    .meta({ example: "5s" }),
  rotated: z
    .array(z.string().min(1))
    .default([])
    .describe(
      "Where rotation puts the file when that is another folder; relative to the folder of the file, with `*` and `?` in the last part. In the folder of the file it is found under any name.",
    )
    .meta({ example: ["archive/app.log.*"] }),
  keep_carriage_return: z
    .boolean()
    .default(false)
    .describe("Keeps the carriage return of line ends of Windows (`\\r\\n`) at the end of each message."),
  include_headers: z
    .boolean()
    .default(false)
    .describe("Adds the headers `file.path` (its last 255 bytes) and `file.offset` to every message.")
    .meta({ example: true }),
});

export type FileSourceConfig = z.infer<typeof fileSourceConfig>;

/** What batches say of their bytes; nothing: they are of the stream's schema. */
export type LineSchema = { readonly schema?: "json" | "text" };

export function lineSchema({ format }: Pick<FileSourceConfig, "format">): LineSchema {
  return format === "bytes" ? {} : { schema: format };
}
