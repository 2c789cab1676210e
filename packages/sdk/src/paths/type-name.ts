import { JsonNumber } from "../json/json-number.ts";
import { ArrayText, ScalarText } from "../json/json-text.ts";

/** The type of a value, with its article, as error messages name it. */
export function typeName(value: unknown): string {
  if (value === undefined) return "missing";
  if (value === null) return "null";
  if (value instanceof JsonNumber) return "a number";
  if (value instanceof ScalarText) return typeName(value.exact());
  if (Array.isArray(value) || value instanceof ArrayText) return "an array";
  if (value instanceof Uint8Array) return "bytes";
  const names: Readonly<Record<string, string>> = { object: "an object", string: "a string", boolean: "a boolean" };
  return names[typeof value] ?? "a number";
}
