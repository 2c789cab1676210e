import {
  exactAt,
  JsonNumber,
  type JsonValue,
  type MessageBatch,
  parsePath,
  RejectedError,
  stringifyJson,
} from "@iggy-connectors/sdk";
import type { Column } from "../config.ts";
import { daysOf, microsecondsOf, nanosecondsOf } from "./column-times.ts";

const INT32_MAX = 2n ** 31n - 1n;
const INT64_MAX = 2n ** 63n - 1n;
const INTEGER_TEXT = /^-?\d{1,19}$/;
const DECIMAL_TEXT = /^[+-]?(\d{1,400})(?:\.(\d{1,400}))?(?:[eE]([+-]?\d{1,3}))?$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const MAX_EXCERPT = 40;

export type Cell = boolean | number | bigint | string | Uint8Array | undefined;

/** A value as it was written: a number whose text a double does not hold comes with its text. */
type Value = NonNullable<JsonValue> | JsonNumber;

/** Writes what the columns say of one message into `row`, a cell each, beginning at `from`. */
export type RowReader = (batch: MessageBatch, index: number, row: Cell[], from: number) => void;

/** The message does not have the field, which is less than a null. */
const MISSING = Symbol("missing");

/**
 * Reads the columns of a message. @throws RejectedError where a value is not of its column's type, and where the message is not an
 * object or has none of the fields: a row of nothing but nulls would hide it.
 */
export function rowReader(columns: readonly Column[]): RowReader {
  const readers = columns.map(columnReader);
  return (batch, index, row, from) => {
    const { value } = batch.at(index);
    const offset = batch.offset(index);
    if (typeof value !== "object" || value === null)
      throw noRow(offset, `is ${shown(value as JsonValue)}, not an object`);
    let found = false;
    for (let at = 0; at < readers.length; at++) {
      const cell = (readers[at] as ColumnReader)(value, offset);
      found ||= cell !== MISSING;
      row[from + at] = cell === MISSING ? undefined : cell;
    }
    if (!found) throw noRow(offset, "has none of the fields of the columns");
  };
}

type ColumnReader = (value: unknown, offset: bigint) => Cell | typeof MISSING;

function columnReader(column: Column): ColumnReader {
  const { name, path, type, required } = column;
  const where = path === undefined ? { text: name, segments: [name] } : parsePath(path);
  const convert = CONVERSIONS[type];
  const refuse = (offset: bigint, found: string, fix: string): RejectedError =>
    new RejectedError(`column "${name}" is ${type}, the message at offset ${offset} has ${found} at ${where.text}`, {
      code: "IGC_SINK_S3_COLUMN",
      place: `offset ${offset}`,
      fix,
    });
  return (value, offset) => {
    const found = exactAt(value, where);
    if (found === undefined || found === null) {
      if (required) throw refuse(offset, "nothing", "send the value with every message, or set required = false");
      return found === null ? undefined : MISSING;
    }
    const cell = convert(found, column);
    if (cell === undefined) throw refuse(offset, shown(found), FIXES[type] ?? CAST);
    return cell;
  };
}

const CAST = "correct the column's type, or convert the field with the transform cast";
const FIXES: Partial<Readonly<Record<Column["type"], string>>> = {
  boolean: "convert the field with the transform cast, which reads 0, 1 and texts",
  timestamp:
    "send a time of RFC 3339 that is in the calendar and at most as exact as a microsecond, or use the type timestamp_nanos",
  timestamp_nanos: "send a time of RFC 3339 that is in the calendar and in the years 1678 to 2261",
  decimal: "raise precision or scale of the column, or round the field with a transform",
  int64: "use the type decimal for larger integers, or convert the field with the transform cast",
  float: "use the type double for larger numbers, or convert the field with the transform cast",
  binary: "send the bytes as base64, or use the type string",
};

/** Each gives undefined where the column cannot hold the value as it is. */
const CONVERSIONS: Readonly<Record<Column["type"], (value: Value, column: Column) => Cell>> = {
  boolean: (value) => (typeof value === "boolean" ? value : undefined),
  int32: (value) => {
    const integer = toInteger(value, INT32_MAX);
    return integer === undefined ? undefined : Number(integer);
  },
  int64: (value) => toInteger(value, INT64_MAX),
  float: (value) => {
    const number = toNumber(value);
    if (number === undefined || !Number.isFinite(number)) return number;
    return Number.isFinite(Math.fround(number)) ? number : undefined;
  },
  double: toNumber,
  decimal: (value, { precision, scale }) => toDecimal(value, precision, scale),
  string: (value) => (typeof value === "string" ? value : undefined),
  binary: toBytes,
  timestamp: (value) => (typeof value === "string" ? microsecondsOf(value) : toInteger(value, INT64_MAX)),
  timestamp_nanos: (value) => (typeof value === "string" ? nanosecondsOf(value) : toInteger(value, INT64_MAX)),
  date: (value) => {
    const days = typeof value === "string" ? daysOf(value) : toInteger(value, INT32_MAX);
    return days === undefined ? undefined : Number(days);
  },
  json: (value) => stringifyJson(value),
};

/** As protobuf's JSON spells what JSON has no number for; what is beyond doubles is refused. */
function toNumber(value: Value): number | undefined {
  if (value === "NaN") return Number.NaN;
  if (value === "Infinity") return Number.POSITIVE_INFINITY;
  if (value === "-Infinity") return Number.NEGATIVE_INFINITY;
  if (typeof value !== "number" && typeof value !== "bigint" && !(value instanceof JsonNumber)) return undefined;
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
}

/** Whole numbers, also `1.0`, and texts of digits: protobuf's JSON writes integers of 64 bits as text. */
function toInteger(value: Value, max: bigint): bigint | undefined {
  const isText = typeof value === "string";
  if (isText && !INTEGER_TEXT.test(value)) return undefined;
  const integer = isText ? BigInt(value) : toDecimal(value, 40, 0);
  return integer !== undefined && integer <= max && integer >= -max - 1n ? integer : undefined;
}

/** The value times 10 ^ `scale`; undefined where that is not whole, or has more than `precision` digits. */
function toDecimal(value: Value, precision: number, scale: number): bigint | undefined {
  if (typeof value === "boolean" || (typeof value === "object" && !(value instanceof JsonNumber))) return undefined;
  const text = String(value);
  const match = DECIMAL_TEXT.exec(text);
  if (match === null) return undefined;
  const [, whole = "", fraction = "", exponent = "0"] = match;
  const shift = scale - fraction.length + Number(exponent);
  const digits = whole + fraction;
  const surplus = shift < 0 ? digits.slice(shift) : "";
  if (!/^0*$/.test(surplus)) return undefined;
  const kept = (shift < 0 ? digits.slice(0, shift) : digits + "0".repeat(shift)).replace(/^0+(?=\d)/, "");
  if (kept.length > precision && kept !== "0") return undefined;
  const unscaled = BigInt(kept === "" ? "0" : kept);
  return text.startsWith("-") ? -unscaled : unscaled;
}

/** Base64, as decoded bytes stand in JSON, or an array of their numbers. */
function toBytes(value: Value): Uint8Array | undefined {
  if (typeof value === "string") return BASE64.test(value) ? Buffer.from(value, "base64") : undefined;
  if (!Array.isArray(value)) return undefined;
  const isByte = (item: unknown): item is number => Number.isInteger(item) && Number(item) >= 0 && Number(item) < 256;
  return value.every(isByte) ? Uint8Array.from(value) : undefined;
}

function noRow(offset: bigint, what: string): RejectedError {
  return new RejectedError(`the message at offset ${offset} ${what}`, {
    code: "IGC_SINK_S3_ROW",
    place: `offset ${offset}`,
    fix: "correct path or name of the columns, or filter or wrap such messages with a transform",
  });
}

function shown(value: JsonValue | JsonNumber): string {
  const text = stringifyJson(value);
  return text.length > MAX_EXCERPT ? `${text.slice(0, MAX_EXCERPT)}…` : text;
}
