import type { JsonValue } from "@iggy-connectors/sdk";
import { parsePath, RejectedError, stringifyJson } from "@iggy-connectors/sdk";
import { changeAt, exactInteger, isJsonInteger, pathTable, typeName } from "@iggy-connectors/sdk/internal";
import { z } from "zod";
import { defineTransform } from "../../definition/transform.ts";

const TYPES = ["integer", "float", "string", "boolean"] as const;
type CastType = (typeof TYPES)[number];

const INTEGER = /^[+-]?\d{1,40}$/;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** `cast`: changes the type of fields. */
export const cast = defineTransform({
  type: "cast",
  description:
    "Changes the type of fields. null stays null, a missing field is ignored, and a value that cannot be converted fails the message.",
  notes: [
    'To integer: strings of digits, numbers without a fraction, booleans (0 and 1); within 64 bits no digit is lost. To float: strings that hold a number, integers, booleans. To string: strings, numbers and booleans as they are written, objects and arrays as JSON. To boolean: "true", "false", "1", "0", 1, 0.',
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
      apply: (value) =>
        casts.reduce(
          (result, { path, type }) => changeAt(result, path, (before) => castValue(before, type, path.text)),
          value,
        ),
    };
  },
});

function castValue(value: JsonValue | undefined, type: CastType, field: string): JsonValue | undefined {
  if (value === undefined || value === null) return value;
  const result = CASTS[type](value);
  if (result !== undefined) return result;
  throw new RejectedError(`field ${field} (${typeName(value)}) cannot be cast to ${type}`, {
    code: "IGC_TRANSFORM_CAST",
    place: `field ${field}`,
    fix: "correct the data, or put the step under a condition (when)",
  });
}

const CASTS: Readonly<Record<CastType, (value: NonNullable<JsonValue>) => JsonValue | undefined>> = {
  integer(value) {
    if (typeof value === "boolean") return value ? 1 : 0;
    if (typeof value === "number")
      return Number.isInteger(value) && Math.abs(value) < 2 ** 63 ? within64Bits(BigInt(value)) : undefined;
    if (typeof value === "bigint") return value;
    if (typeof value !== "string" || !INTEGER.test(value.trim())) return undefined;
    return within64Bits(BigInt(value.trim().replace(/^\+/, "")));
  },
  float(value) {
    if (typeof value === "boolean") return value ? 1 : 0;
    if (typeof value === "number") return value;
    if (typeof value === "bigint") return Number(value);
    if (typeof value !== "string" || !NUMBER.test(value.trim())) return undefined;
    const number = Number(value);
    return Number.isFinite(number) ? number : undefined;
  },
  string: (value) => (typeof value === "string" ? value : stringifyJson(value)),
  boolean(value) {
    if (typeof value === "boolean") return value;
    if (value === 1 || value === "1" || value === "true") return true;
    return value === 0 || value === "0" || value === "false" ? false : undefined;
  },
};

function within64Bits(value: bigint): JsonValue | undefined {
  return isJsonInteger(value) ? exactInteger(value) : undefined;
}
