import type { JsonValue } from "@iggy-connectors/sdk";
import { JsonNumber, parsePath, RejectedError, stringifyJson } from "@iggy-connectors/sdk";
import {
  changeAt,
  digitsOf,
  exactInteger,
  exactNumber,
  pathTable,
  typeName,
  wholeNumber,
} from "@iggy-connectors/sdk/internal";
import { z } from "zod";
import { defineTransform } from "../../definition/transform.ts";

const TYPES = ["integer", "float", "string", "boolean"] as const;
type CastType = (typeof TYPES)[number];

const INTEGER = /^[+-]?\d{1,1000}$/;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** `cast`: changes the type of fields. */
export const cast = defineTransform({
  type: "cast",
  description:
    "Changes the type of fields. null stays null, a missing field is ignored, and a value that cannot be converted fails the message.",
  notes: [
    'To integer: strings of digits, numbers without a fraction, booleans (0 and 1); no digit is lost. To float: strings that hold a number, booleans; numbers stay as they are, and every digit stays. To string: strings, numbers and booleans as they are written, objects and arrays as JSON. To boolean: "true", "false", "1", "0", 1, 0.',
  ],
  settings: z.object({
    fields: pathTable(z.enum(TYPES), `Path → ${TYPES.join(", ")}`).meta({ example: { total: "float" } }),
  }),
  examples: [
    {
      title: "Strings become numbers and booleans",
      settings: { fields: { id: "integer", total: "float", zip: "string", paid: "boolean" } },
      input: { json: { id: "12345678901234567", total: "2.5", zip: 1234, paid: "true" } },
      output: [{ json: { id: 12345678901234567n, total: 2.5, zip: "1234", paid: true } }],
    },
    {
      title: "A string that is not a number fails",
      settings: { fields: { id: "integer" } },
      input: { json: { id: "x" } },
      output: { error: "IGC_TRANSFORM_CAST" },
    },
  ],
  create({ fields }) {
    const casts = Object.entries(fields).map(([text, type]) => ({ path: parsePath(text), type }));
    return {
      kinds: ["json"],
      takesText: true,
      apply: (value) =>
        casts.reduce(
          (result, { path, type }) => changeAt(result, path, (before) => castValue(before, type, path.text)),
          value,
        ),
    };
  },
});

function castValue(value: JsonValue | JsonNumber, type: CastType, field: string): JsonValue | JsonNumber {
  if (value === null) return value;
  const result = CASTS[type](value);
  if (result !== undefined) return result;
  throw new RejectedError(`field ${field} (${typeName(value)}) cannot be cast to ${type}`, {
    code: "IGC_TRANSFORM_CAST",
    place: `field ${field}`,
    fix: "correct the data, or put the step under a condition (when)",
  });
}

const CASTS: Readonly<
  Record<CastType, (value: NonNullable<JsonValue> | JsonNumber) => JsonValue | JsonNumber | undefined>
> = {
  integer(value) {
    if (typeof value === "boolean") return value ? 1 : 0;
    if (typeof value === "bigint") return value;
    const number = digitsOf(value);
    const text = number === undefined ? (typeof value === "string" ? value.trim() : "") : wholeNumber(number);
    return text !== undefined && INTEGER.test(text) ? exactInteger(BigInt(text.replace(/^\+/, ""))) : undefined;
  },
  float(value) {
    if (typeof value === "boolean") return value ? 1 : 0;
    if (digitsOf(value) !== undefined) return value as number | bigint | JsonNumber;
    const text = typeof value === "string" ? value.trim() : "";
    return NUMBER.test(text) && Number.isFinite(Number(text)) ? exactNumber(jsonNumber(text)) : undefined;
  },
  string: (value) => (typeof value === "string" ? value : stringifyJson(value)),
  boolean(value) {
    const plain = value instanceof JsonNumber ? value.value : value;
    if (typeof plain === "boolean") return plain;
    if (plain === 1 || plain === "1" || plain === "true") return true;
    return plain === 0 || plain === "0" || plain === "false" ? false : undefined;
  },
};

/** The spelling of a number in JSON, which has no plus and no bare dot. */
function jsonNumber(text: string): string {
  return text
    .replace(/^\+/, "")
    .replace(/^(-?)0+(?=\d)/, "$1")
    .replace(/^(-?)\./, (_, sign: string) => `${sign}0.`)
    .replace(/\.(?=$|[eE])/, "");
}
