import type { JsonValue } from "@iggy-connectors/sdk";
import { parsePath, path, RejectedError } from "@iggy-connectors/sdk";
import { changeAt, typeName } from "@iggy-connectors/sdk/internal";
import { z } from "zod";
import { defineTransform } from "../../definition/transform.ts";
import { timeFormat } from "../../values/time-format.ts";

const FORMATS =
  "epoch_seconds, epoch_millis, epoch_micros, epoch_nanos, rfc3339, date (YYYY-MM-DD), or a pattern of Luxon's tokens such as yyyy/LL/dd HH:mm:ss";

/** `timestamp_convert`: from one way to write a time to another. */
export const timestampConvert = defineTransform({
  type: "timestamp_convert",
  description:
    "Converts a time from one way of writing it to another. Nanoseconds are kept where the target has them; a coarser target is rounded down. null and a field that is not there stay as they are; what is no such time fails the message.",
  settings: z.object({
    field: path("The field", "created_at"),
    from: z.string().min(1).describe(`How it is written: ${FORMATS}`).meta({ example: "epoch_millis" }),
    to: z.string().min(1).describe("How it is to be written: the same choice").meta({ example: "rfc3339" }),
    timezone: z
      .string()
      .default("UTC")
      .describe("Zone (IANA name or offset) of date and of patterns that do not say one")
      .meta({ example: "Europe/Berlin" }),
  }),
  examples: [
    {
      title: "Milliseconds become text",
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
      throw new RejectedError(`field ${field} is ${shown}, which is no time written as ${from}`, {
        code: "IGC_TRANSFORM_TIMESTAMP",
        place: `field ${field}`,
        fix: "correct from, or put the step under a condition (when)",
      });
    };
    return { kinds: ["json"], apply: (value) => changeAt(value, place, convert) };
  },
});
