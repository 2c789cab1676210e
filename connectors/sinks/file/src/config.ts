import { byteSize, duration } from "@iggy-connectors/sdk";
import { z } from "zod";
import { unknownPlaceholder } from "./folder-template.ts";

export const fileSinkConfig = z.object({
  path: z
    .string()
    .min(1)
    .refine((path) => unknownPlaceholder(path) === undefined, {
      error: ({ input }) =>
        `${unknownPlaceholder(String(input))} is not a known placeholder: use {stream}, {topic} and {partition} (file names are generated)`,
    })
    .default("./local_output/{stream}/{topic}/{partition}")
    .describe(
      "Folder of a partition's files, relative to the working directory. Without `{partition}` a subfolder named after the partition is added.",
    )
    .meta({ example: "/data/{stream}/{topic}/{partition}", file: true }),
  format: z
    .enum(["json_lines", "raw"])
    .default("json_lines")
    .describe(
      "`json_lines`: one JSON payload per line (`.ndjson`), for `json` streams; line feeds inside a payload become spaces. `raw`: the bytes of any payload and a line feed (`.txt`); a payload that contains a line feed is rejected.",
    )
    .meta({ example: "raw" }),
  rotate_size: byteSize()
    .prefault("128MiB")
    .describe("A file that would grow beyond this size is closed and a new one is started; 0 = never.")
    .meta({ example: "1GiB" }),
  rotate_age: duration()
    .prefault("1h")
    .describe("A file older than this is closed when the next message arrives; 0 = never.")
    .meta({ example: "15m" }),
});

export type FileSinkConfig = z.infer<typeof fileSinkConfig>;
