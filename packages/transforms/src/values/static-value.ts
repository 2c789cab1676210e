import type { JsonValue } from "@iggy-connectors/sdk";
import { parseJson, stringifyJson } from "@iggy-connectors/sdk";
import { copyRange } from "@iggy-connectors/sdk/internal";
import type { FieldValue } from "./field-value.ts";

/** The same value for every message; encoded once. */
export function staticValue(value: JsonValue): FieldValue {
  const json = Buffer.from(stringifyJson(value));
  // The value as a decoder returns it: a long integer is a bigint, whatever it was in the configuration.
  const decoded = parseJson(json);
  const shared = typeof decoded !== "object" || decoded === null;
  return {
    // A copy for each message: its receiver may change it.
    next: () => (shared ? decoded : parseJson(json)),
    json,
    maxBytes: json.length,
    write: (target, at) => copyRange(json, 0, json.length, target, at),
  };
}

/** Whether a value can be expressed in JSON without loss. */
export function isJsonValue(value: unknown): value is JsonValue {
  switch (typeof value) {
    case "string":
      return value.isWellFormed();
    case "number":
      return Number.isFinite(value);
    case "boolean":
    case "bigint":
      return true;
    case "object":
      if (value === null) return true;
      if (Array.isArray(value)) return value.every(isJsonValue);
      return (
        isPlainObject(value) &&
        Object.entries(value).every(([key, member]) => key.isWellFormed() && isJsonValue(member))
      );
    default:
      return false;
  }
}

function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
