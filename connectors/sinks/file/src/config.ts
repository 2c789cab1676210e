import { byteSize, duration } from "@iggy-connectors/sdk";
import { z } from "zod";
import { unknownPlaceholder } from "./folder-template.ts";

export const fileSinkConfig = z.object({
  path: z
    .string()
    .min(1)
    .refine((path) => unknownPlaceholder(path) === undefined, {
      error: ({ input }) =>
        `${unknownPlaceholder(String(input))} is not known: use {stream}, {topic} and {partition} (file names come of themselves)`,
    })
    .default("./local_output/{stream}/{topic}/{partition}")
    .describe(
      "Folder of a partition's files, relative to the working directory. Without `{partition}` a folder named by it is added.",
    )
    .meta({ example: "/data/{stream}/{topic}/{partition}" }),
  format: z
    .enum(["json_lines", "raw"])
    .default("json_lines")
    .describe(
      "`json_lines`: each JSON payload on a line, for `json` streams. `raw`: the bytes of any payload and a line feed; a payload that holds a line feed is rejected.",
    )
    .meta({ example: "raw" }),
  rotate_size: byteSize()
    .prefault("128MiB")
    .describe("A file that would grow beyond this is closed and the next one begun; 0 = never.")
    .meta({ example: "1GiB" }),
  rotate_age: duration()
    .prefault("1h")
    .describe("A file older than this is closed when the next message comes; 0 = never.")
    .meta({ example: "15m" }),
});

export type FileSinkConfig = z.infer<typeof fileSinkConfig>;
