import { type JsonValue, parsePath, RejectedError, stringifyJson, valueAt } from "@iggy-connectors/sdk";
import type { Column } from "../config.ts";

const INT32_MAX = 2n ** 31n - 1n;
const INT64_MAX = 2n ** 63n - 1n;
const MICROSECONDS = 1000;
/** RFC 3339; fractions beyond microseconds are cut. */
const DATE_TIME = /^(\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2})(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/;

export type Cell = boolean | number | bigint | string | undefined;

/** Reads the value of one column out of a decoded message. Throws RejectedError where it is not of the column's type. */
export function columnReader({ name, path, type, required }: Column): (value: unknown, offset: bigint) => Cell {
  const where = path === undefined ? { text: name, segments: [name] } : parsePath(path);
  const convert = CONVERSIONS[type];
  const refuse = (offset: bigint, found: string): RejectedError =>
    new RejectedError(`column "${name}" is ${type}, the message at offset ${offset} has ${found} at ${where.text}`, {
      code: "IGC_SINK_S3_COLUMN",
      place: `offset ${offset}`,
      fix: "correct the column's type, or cast the field with a transform",
    });
  return (value, offset) => {
    const found = valueAt(value, where) ?? undefined;
    if (found === undefined) {
      if (required) throw refuse(offset, "nothing");
      return undefined;
    }
    const cell = convert(found);
    if (cell === undefined) throw refuse(offset, excerpt(found));
    return cell;
  };
}

/** Each gives undefined where the value is not of the type. */
const CONVERSIONS: Readonly<Record<Column["type"], (value: NonNullable<JsonValue>) => Cell>> = {
  boolean: (value) => (typeof value === "boolean" ? value : undefined),
  int32: (value) => {
    const integer = toInteger(value, INT32_MAX);
    return integer === undefined ? undefined : Number(integer);
  },
  int64: (value) => toInteger(value, INT64_MAX),
  float: toNumber,
  double: toNumber,
  string: (value) => (typeof value === "string" ? value : undefined),
  timestamp: (value) => (typeof value === "string" ? parseTime(value) : toInteger(value, INT64_MAX)),
  json: (value) => stringifyJson(value),
};

function toNumber(value: NonNullable<JsonValue>): number | undefined {
  if (typeof value === "bigint") return Number(value);
  return typeof value === "number" ? value : undefined;
}

function toInteger(value: NonNullable<JsonValue>, max: bigint): bigint | undefined {
  if (typeof value !== "bigint" && !(typeof value === "number" && Number.isInteger(value))) return undefined;
  const integer = BigInt(value);
  return integer <= max && integer >= -max - 1n ? integer : undefined;
}

/** Microseconds since the Unix epoch. */
function parseTime(text: string): bigint | undefined {
  const match = DATE_TIME.exec(text);
  if (match === null) return undefined;
  const [, time = "", fraction = "", zone = ""] = match;
  const milliseconds = Date.parse(`${time.replace(/[t ]/, "T")}${zone.toUpperCase()}`);
  if (Number.isNaN(milliseconds)) return undefined;
  const micros = Number(fraction.slice(1, 7).padEnd(6, "0"));
  return BigInt(milliseconds) * BigInt(MICROSECONDS) + BigInt(micros);
}

function excerpt(value: NonNullable<JsonValue>): string {
  const text = stringifyJson(value);
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
