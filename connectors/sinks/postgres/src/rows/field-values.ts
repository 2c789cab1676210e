import { JsonNumber, type JsonValue, numberText, RejectedError, stringifyJson } from "@iggy-connectors/sdk";
import type { Column, ColumnKind } from "../table/column.ts";
import { type ByteEncoding, bytesOf } from "./byte-encodings.ts";
import { hstoreText } from "./hstore.ts";
import type { RowOutput } from "./row-output.ts";
import { type ExcessPrecision, readsAsItIs, readTime, type TimeKind } from "./times.ts";

/** A value of a message; a number whose text says more than its double comes with its text. */
export type FieldValue = JsonValue | JsonNumber | undefined;

/** How values are read that can be read in more than one way. */
export interface ValueOptions {
  readonly excess: ExcessPrecision;
  readonly encoding: ByteEncoding;
}

/** What the values of a column are checked against, or those of an array's elements. */
type Slot = Pick<Column, "name" | "type" | "kind" | "element">;

/** Smallest and largest value of the integer types. */
const INTEGER_LIMITS = {
  smallint: [-(2n ** 15n), 2n ** 15n - 1n],
  integer: [-(2n ** 31n), 2n ** 31n - 1n],
  bigint: [-(2n ** 63n), 2n ** 63n - 1n],
} as const;

const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
/** As JSON made of protobuf spells them; PostgreSQL reads them as they are. */
const NO_NUMBERS: ReadonlySet<string> = new Set(["NaN", "Infinity", "-Infinity"]);
const INTEGER = /^[+-]?\d{1,20}$/;
/** A whole number that is written with a point or an exponent: `1.0`, `1e2`. */
const WHOLE = /^(-?\d+)(?:\.(\d+))?(?:[eE]\+?(\d{1,3}))?$/;

/** The value of a field as it was written. */
export function fieldIn(holder: object, key: string | number): FieldValue {
  const value = (holder as Record<string | number, JsonValue>)[key];
  if (typeof value !== "number") return value;
  const text = numberText(holder, key);
  return text === undefined || text === String(value) ? value : new JsonNumber(text);
}

/**
 * Writes a JSON value into a column. The server checks what only it knows (the calendar, the length of a text); what would be
 * another value than was meant is refused here. @throws RejectedError that names column, type and value's type.
 */
export function writeField(column: Slot, value: FieldValue, options: ValueOptions, output: RowOutput): void {
  if (value === null || value === undefined) {
    output.null();
    return;
  }
  switch (column.kind) {
    case "smallint":
    case "integer":
    case "bigint":
    case "numeric":
    case "float":
    case "boolean":
      output.plain(textOf(column, value, options));
      break;
    case "bytea":
      output.binary(bytes(column, value, options));
      break;
    default:
      output.text(textOf(column, value, options));
      break;
  }
}

/** The value as the server reads it from text. */
function textOf(column: Slot, value: NonNullable<FieldValue>, options: ValueOptions): string {
  switch (column.kind) {
    case "smallint":
    case "integer":
    case "bigint":
      return integerText(column, column.kind, value);
    case "numeric":
    case "float":
      return decimalText(column, value);
    case "boolean":
      if (typeof value !== "boolean") throw mismatch(column, value, "convert it with the transform cast");
      return value ? "true" : "false";
    case "json":
      return jsonText(column, value);
    case "bytea":
      return `\\x${bytes(column, value, options).toString("hex")}`;
    case "text":
      return withoutNul(column, typeof value === "string" ? value : asJson(value));
    case "timestamptz":
    case "timestamp":
    case "date":
    case "time":
    case "timetz":
      return time(column, column.kind, value, options);
    case "array":
      return typeof value === "string" ? withoutNul(column, value) : arrayText(column, value, options);
    case "hstore":
      if (typeof value === "string") return withoutNul(column, value);
      if (value instanceof JsonNumber || typeof value !== "object" || Array.isArray(value))
        throw mismatch(column, value);
      return withoutNul(column, hstoreText(value));
    case "other":
      // A vector is written as JSON writes an array.
      if (typeof value === "object" && !Array.isArray(value) && !(value instanceof JsonNumber)) {
        throw mismatch(column, value, "use a jsonb column");
      }
      return withoutNul(column, typeof value === "string" ? value : asJson(value));
  }
}

function integerText(column: Slot, kind: keyof typeof INTEGER_LIMITS, value: NonNullable<FieldValue>): string {
  const [least, most] = INTEGER_LIMITS[kind];
  // The usual case, without a BigInt. (−0 is "0", too.)
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= least && value <= most) return String(value);
  const integer = integerOf(value);
  if (integer === undefined) throw mismatch(column, value);
  if (integer < least || integer > most) {
    const shown = String(integer);
    const text = shown.length > 40 ? `${shown.slice(0, 40)}…` : shown;
    throw new RejectedError(`${text} is out of range for column ${column.name} of type ${column.type}`, {
      code: "IGC_SINK_POSTGRES_VALUE",
      place: column.name,
      fix: "use a wider type",
    });
  }
  return String(integer);
}

function integerOf(value: NonNullable<FieldValue>): bigint | undefined {
  if (typeof value === "bigint") return value;
  if (typeof value === "number") return Number.isInteger(value) ? BigInt(value) : undefined;
  if (typeof value === "string") return INTEGER.test(value) ? BigInt(value.replace(/^\+/, "")) : undefined;
  if (!(value instanceof JsonNumber)) return undefined;
  const [, whole = "", fraction = "", exponent = "0"] = WHOLE.exec(value.text) ?? [];
  const digits = fraction.padEnd(Number(exponent), "0");
  if (whole === "" || /[1-9]/.test(digits.slice(Number(exponent)))) return undefined;
  return BigInt(whole + digits.slice(0, Number(exponent)));
}

function decimalText(column: Slot, value: NonNullable<FieldValue>): string {
  if (value instanceof JsonNumber) return value.text;
  if (typeof value === "number" || typeof value === "bigint") return String(value);
  if (typeof value === "string" && (NUMBER.test(value) || NO_NUMBERS.has(value))) return value;
  throw mismatch(column, value);
}

function time(column: Slot, kind: TimeKind, value: NonNullable<FieldValue>, { excess }: ValueOptions): string {
  if (typeof value !== "string") throw mismatch(column, value, "convert it to a string with timestamp_convert");
  if (readsAsItIs(kind, value)) return value;
  const result = readTime(kind, value, excess);
  if ("text" in result) return result.text;
  throw new RejectedError(
    `column ${column.name} is of type ${column.type}, and ${JSON.stringify(value.slice(0, 60))} ${result.fault}`,
    {
      code: "IGC_SINK_POSTGRES_VALUE",
      place: column.name,
      fix: result.fault.includes("microsecond")
        ? 'set excess_precision = "truncate", or use a text column'
        : "convert it with timestamp_convert, or use a text column",
    },
  );
}

/** The literal of an array; nested arrays are its dimensions. See "Array Input and Output Syntax" in the manual. */
function arrayText(column: Slot, value: NonNullable<FieldValue>, options: ValueOptions): string {
  if (!Array.isArray(value)) throw mismatch(column, value);
  const { kind, type } = column.element ?? { kind: "other" as ColumnKind, type: column.type };
  const slot = { name: column.name, type: column.type, kind };
  const element = (holder: JsonValue[], index: number): string => {
    const found = fieldIn(holder, index);
    if (found === null || found === undefined) return "NULL";
    // What is an array itself is a dimension, unless the elements are documents.
    if (Array.isArray(found) && kind !== "json") return braces(found);
    return `"${textOf({ ...slot, type }, found, options).replace(/["\\]/g, "\\$&")}"`;
  };
  const braces = (holder: JsonValue[]): string => `{${holder.map((_, index) => element(holder, index)).join(",")}}`;
  return braces(value);
}

function bytes(column: Slot, value: NonNullable<FieldValue>, { encoding }: ValueOptions): Buffer {
  // As Avro and FlatBuffers give bytes, unless they are told to give base64.
  if (Array.isArray(value) && value.every(isByte)) return Buffer.from(value as number[]);
  if (typeof value !== "string") throw mismatch(column, value);
  const found = bytesOf(value, encoding);
  if (found !== undefined) return found;
  throw new RejectedError(`column ${column.name} is of type ${column.type}, and the string is not ${encoding}`, {
    code: "IGC_SINK_POSTGRES_VALUE",
    place: column.name,
    fix: "correct bytes_encoding, or the encoding of the column",
  });
}

function isByte(value: JsonValue): boolean {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= 255;
}

function jsonText(column: Slot, value: NonNullable<FieldValue>): string {
  const text = asJson(value);
  if (!column.type.startsWith("jsonb") || !text.includes("\\u0000")) return text;
  // An escaped backslash before it makes it five harmless characters.
  if (!/(?:^|[^\\])(?:\\\\)*\\u0000/.test(text)) return text;
  throw nul(column);
}

function asJson(value: NonNullable<FieldValue>): string {
  return value instanceof JsonNumber ? value.text : stringifyJson(value);
}

function withoutNul(column: Slot, text: string): string {
  if (text.includes("\0")) throw nul(column);
  return text;
}

function nul(column: Slot): RejectedError {
  return new RejectedError(
    `the value of column ${column.name} contains a NUL character, which PostgreSQL does not allow in text`,
    {
      code: "IGC_SINK_POSTGRES_VALUE",
      place: column.name,
      fix: "remove it with a transform",
    },
  );
}

function mismatch(
  column: Slot,
  value: NonNullable<FieldValue>,
  fix = "change the type of the column, or convert the value with a transform such as cast",
) {
  return new RejectedError(`column ${column.name} is of type ${column.type}, the message has ${typeName(value)}`, {
    code: "IGC_SINK_POSTGRES_VALUE",
    place: column.name,
    fix,
  });
}

function typeName(value: NonNullable<FieldValue>): string {
  if (value instanceof JsonNumber) return `the number ${value.text.slice(0, 60)}`;
  if (Array.isArray(value)) return "an array";
  if (typeof value === "object") return "an object";
  if (typeof value === "string") return "a string";
  return typeof value === "boolean" ? "a boolean" : `the number ${value}`;
}
