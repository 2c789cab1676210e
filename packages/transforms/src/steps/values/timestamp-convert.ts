import type { JsonValue } from "@iggy-connectors/sdk";
import { parsePath, path, RejectedError } from "@iggy-connectors/sdk";
import { changeAt, typeName } from "@iggy-connectors/sdk/internal";
import { z } from "zod";
import { defineTransform } from "../../definition/transform.ts";
import { timeFormat } from "../../values/time-format.ts";

const FORMATS =
  "epoch_seconds, epoch_millis, epoch_micros, epoch_nanos, rfc3339, date (YYYY-MM-DD), or a pattern of Luxon's tokens such as yyyy/LL/dd HH:mm:ss";

/** `timestamp_convert`: converts a time from one format to another. */
export const timestampConvert = defineTransform({
  type: "timestamp_convert",
  description:
    "Converts a time from one format to another. Nanoseconds are kept if the target format has them; a coarser one rounds down. null and a missing field stay as they are; a value that is not a time in that format fails the message.",
  settings: z.object({
    field: path("Path of the field", "created_at"),
    from: z.string().min(1).describe(`Format of the field: ${FORMATS}`).meta({ example: "epoch_millis" }),
    to: z.string().min(1).describe("Format of the result: as for from").meta({ example: "rfc3339" }),
    timezone: z
      .string()
      .default("UTC")
      .describe("Time zone (IANA name or offset) for date and for patterns without a zone")
      .meta({ example: "Europe/Berlin" }),
  }),
  examples: [
    {
      title: "Milliseconds to RFC 3339",
      settings: { field: "ts", from: "epoch_millis", to: "rfc3339" },
      input: { json: { ts: 1700000000123 } },
      output: [{ json: { ts: "2023-11-14T22:13:20.123Z" } }],
    },
    {
      title: "A local date and time",
      settings: { field: "at", from: "dd.LL.yyyy HH:mm", to: "epoch_seconds", timezone: "Europe/Berlin" },
      input: { json: { at: "14.11.2023 23:13" } },
      output: [{ json: { at: 1699999980 } }],
    },
  ],
  async create({ field, from, to, timezone }, { invalid }) {
    const place = parsePath(field);
    const format = async (key: string, name: string) => {
      try {
        return await timeFormat(name, timezone);
      } catch (error) {
        throw invalid(key, (error as Error).message);
      }
    };
    const source = await format("from", from);
    const target = await format("to", to);
    const convert = (value: JsonValue | undefined): JsonValue | undefined => {
      if (value === undefined || value === null) return value;
      const nanos = source.read(value);
      if (nanos !== undefined) return target.write(nanos);
      const shown = typeof value === "string" ? JSON.stringify(value.slice(0, 64)) : typeName(value);
      throw new RejectedError(`field ${field} is ${shown}, which is not a time in the format ${from}`, {
        code: "IGC_TRANSFORM_TIMESTAMP",
        place: `field ${field}`,
        fix: "correct from, or put the step under a condition (when)",
      });
    };
    return { kinds: ["json"], apply: (value) => changeAt(value, place, convert) };
  },
});
