import type { JsonNumber, JsonValue } from "@iggy-connectors/sdk";
import { parsePath, path, RejectedError } from "@iggy-connectors/sdk";
import { changeAt, digitsOf, typeName } from "@iggy-connectors/sdk/internal";
import { z } from "zod";
import { defineTransform } from "../../definition/transform.ts";
import { timeFormat } from "../../times/time-format.ts";

const FORMATS =
  "epoch_seconds, epoch_millis, epoch_micros, epoch_nanos, rfc3339, date (YYYY-MM-DD), or a pattern of Luxon's tokens such as yyyy/LL/dd HH:mm:ss";

/** `timestamp_convert`: converts a time from one format to another. */
export const timestampConvert = defineTransform({
  type: "timestamp_convert",
  description:
    "Converts a time from one format to another. Nanoseconds are kept if the target format has them; a coarser one rounds down. null and a missing field stay as they are; a value that is not a time in that format, or a time beyond the years 0 to 9999, fails the message.",
  notes: [
    "Times since the epoch are numbers or decimal strings, with a fraction and of either sign, and exact to the nanosecond: `1700000000.123456789` is what it says in `epoch_seconds`. Results are whole numbers, and JSON integers beyond 2^53 where they must be.",
    "Patterns have the [tokens of Luxon](https://moment.github.io/luxon/#/parsing?id=table-of-tokens), and others for the fraction of the second: `S` to `SSSSSSSSS` are that many digits, `u` 3, 6 or 9 digits as needed (when reading, 1 to 9), `n` the nanoseconds as a number. Digits that a pattern does not have are cut off when writing, and text within quotation marks (`'`) is literal. A pattern that is read must have a year: nothing comes from the day on which a message is processed.",
    "Names of months and days are English. A pattern without an offset is read and written in `timezone`, never in the zone of the machine; of a time that the clocks showed twice the first is meant, and one that they skipped is not a time.",
  ],
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
    const format = async (key: "from" | "to", name: string) => {
      try {
        return await timeFormat(name, timezone, key === "from" ? "read" : "write");
      } catch (error) {
        throw invalid(key, (error as Error).message);
      }
    };
    const source = await format("from", from);
    const target = await format("to", to);
    const convert = (value: JsonValue | JsonNumber): JsonValue => {
      if (value === null) return value;
      const digits = digitsOf(value);
      const nanos = source.read(digits ?? (value as JsonValue));
      const result = nanos === undefined ? undefined : target.write(nanos);
      if (result !== undefined) return result;
      const shown =
        typeof value === "string" ? JSON.stringify(value.slice(0, 64)) : (digits?.slice(0, 64) ?? typeName(value));
      const problem =
        nanos === undefined
          ? `is not a time of the years 0 to 9999 in the format ${from}`
          : `cannot be written as ${to}`;
      throw new RejectedError(`field ${field} is ${shown}, which ${problem}`, {
        code: "IGC_TRANSFORM_TIMESTAMP",
        place: `field ${field}`,
        fix: "correct from, or put the step under a condition (when)",
      });
    };
    return {
      kinds: ["json"],
      takesText: true,
      apply: (value) => changeAt(value, place, convert),
    };
  },
});
