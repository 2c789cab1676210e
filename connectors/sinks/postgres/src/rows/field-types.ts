import type { JsonValue } from "@iggy-connectors/sdk";

const BIGINT_LIMIT = 2n ** 63n;

/** The type of a column that can hold the value; `undefined`: nothing is known from a null. */
export function typeOf(value: JsonValue): string | undefined {
  if (value === null) return undefined;
  switch (typeof value) {
    case "boolean":
      return "boolean";
    case "string":
      return "text";
    case "number":
      return Number.isInteger(value) && Number.isSafeInteger(value) ? "bigint" : "double precision";
    case "bigint":
      return value >= -BIGINT_LIMIT && value < BIGINT_LIMIT ? "bigint" : "numeric";
    default:
      return "jsonb";
  }
}

const NUMBERS: readonly string[] = ["bigint", "double precision", "numeric"];

/** The type of a column that can hold values of both types. */
export function widerType(one: string, other: string): string {
  if (one === other) return one;
  if (NUMBERS.includes(one) && NUMBERS.includes(other)) return "numeric";
  return one === "text" || other === "text" ? "text" : "jsonb";
}
