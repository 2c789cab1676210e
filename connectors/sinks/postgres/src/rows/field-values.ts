import { type JsonValue, RejectedError, stringifyJson } from "@iggy-connectors/sdk";
import type { Column } from "../table/column.ts";
import type { RowOutput } from "./row-output.ts";

/** Smallest and largest value of the integer types. */
const INTEGER_LIMITS = {
  smallint: [-(2n ** 15n), 2n ** 15n - 1n],
  integer: [-(2n ** 31n), 2n ** 31n - 1n],
  bigint: [-(2n ** 63n), 2n ** 63n - 1n],
} as const;

const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
const INTEGER = /^[+-]?\d{1,20}$/;

/**
 * Writes a JSON value into a column. The server checks what only it knows (the form of a date, the length of a text); what
 * would be another value than was meant is refused here. @throws RejectedError that names column, type and value's type.
 */
export function writeField(column: Column, value: JsonValue | undefined, output: RowOutput): void {
  if (value === null || value === undefined) {
    output.null();
    return;
  }
  switch (column.kind) {
    case "smallint":
    case "integer":
    case "bigint":
      output.plain(integerText(column, column.kind, value));
      break;
    case "numeric":
    case "float":
      output.plain(numberText(column, value));
      break;
    case "boolean":
      if (typeof value !== "boolean") throw mismatch(column, value);
      output.plain(value ? "true" : "false");
      break;
    case "json":
      output.text(jsonText(column, value));
      break;
    case "bytea":
      if (typeof value !== "string") throw mismatch(column, value);
      output.binary(Buffer.from(value));
      break;
    case "text":
      output.text(withoutNul(column, typeof value === "string" ? value : stringifyJson(value)));
      break;
    case "time":
      if (typeof value !== "string") throw mismatch(column, value, "convert it to a string with timestamp_convert");
      output.text(withoutNul(column, value));
      break;
    case "other":
      if (typeof value === "object") throw mismatch(column, value, "use a jsonb column");
      output.text(withoutNul(column, String(value)));
      break;
  }
}

function integerText(column: Column, kind: keyof typeof INTEGER_LIMITS, value: JsonValue): string {
  const isText = typeof value === "string" && INTEGER.test(value);
  if (!isText && typeof value !== "bigint" && !(typeof value === "number" && Number.isInteger(value))) {
    throw mismatch(column, value);
  }
  const integer = BigInt(isText ? value.replace(/^\+/, "") : (value as bigint | number));
  const [least, most] = INTEGER_LIMITS[kind];
  if (integer < least || integer > most) {
    throw new RejectedError(`${integer} is out of range for column ${column.name} of type ${column.type}`, {
      code: "IGC_SINK_POSTGRES_VALUE",
      place: column.name,
      fix: "use a wider type",
    });
  }
  return String(integer);
}

function numberText(column: Column, value: JsonValue): string {
  if (typeof value === "number" || typeof value === "bigint") return String(value);
  if (typeof value === "string" && NUMBER.test(value)) return value;
  throw mismatch(column, value);
}

function jsonText(column: Column, value: JsonValue): string {
  const text = stringifyJson(value);
  if (column.type !== "jsonb" || !text.includes("\\u0000")) return text;
  // An escaped backslash before it makes it five harmless characters.
  if (!/(?:^|[^\\])(?:\\\\)*\\u0000/.test(text)) return text;
  throw nul(column);
}

function withoutNul(column: Column, text: string): string {
  if (text.includes("\0")) throw nul(column);
  return text;
}

function nul(column: Column): RejectedError {
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
  column: Column,
  value: JsonValue,
  fix = "change the type of the column, or convert the value with a transform",
) {
  return new RejectedError(`column ${column.name} is of type ${column.type}, the message has ${typeName(value)}`, {
    code: "IGC_SINK_POSTGRES_VALUE",
    place: column.name,
    fix,
  });
}

function typeName(value: JsonValue): string {
  if (Array.isArray(value)) return "an array";
  if (typeof value === "object") return "an object";
  if (typeof value === "string") return "a string";
  return typeof value === "boolean" ? "a boolean" : `the number ${value}`;
}
