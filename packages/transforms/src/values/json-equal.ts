import type { JsonValue } from "@iggy-connectors/sdk";
import { isJsonObject } from "@iggy-connectors/sdk/internal";

/** Relative difference within which two doubles count as equal, as in the original. */
const TOLERANCE = Number.EPSILON;

/** Whether two JSON values are equal: the order of keys does not matter, that of elements does, integers are compared exactly. */
export function jsonEqual(a: JsonValue, b: JsonValue): boolean {
  if (a === b) return true;
  if (typeof a === "number" && typeof b === "number") {
    if (Number.isInteger(a) && Number.isInteger(b)) return false;
    return Math.abs(a - b) <= TOLERANCE * Math.max(Math.abs(a), Math.abs(b));
  }
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((element, index) => jsonEqual(element, b[index]!));
  }
  if (!isJsonObject(a) || !isJsonObject(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && jsonEqual(a[key]!, b[key]!))
  );
}
