import type { JsonValue } from "@iggy-connectors/sdk";

/**
 * The type of a column that can hold the value; `undefined`: nothing is known from a null. Numbers are `numeric`: whole ones today say
 * nothing about tomorrow's.
 */
export function typeOf(value: JsonValue): string | undefined {
  if (value === null) return undefined;
  switch (typeof value) {
    case "boolean":
      return "boolean";
    case "string":
      return "text";
    case "number":
    case "bigint":
      return "numeric";
    default:
      return "jsonb";
  }
}

/** The type of a column that can hold values of both types. */
export function widerType(one: string, other: string): string {
  if (one === other) return one;
  return one === "text" || other === "text" ? "text" : "jsonb";
}
