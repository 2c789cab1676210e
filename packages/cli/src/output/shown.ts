import { printableLine } from "@iggy-connectors/runtime/printable";

/** A copy of a result in which every text, also that of keys, may be printed: names, headers and reasons come from outside. */
export function shownCopy<Value>(value: Value): Value {
  return copy(value) as Value;
}

function copy(value: unknown): unknown {
  if (typeof value === "string") return printableLine(value);
  if (Array.isArray(value)) return value.map(copy);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [printableLine(key), copy(member)]));
}
