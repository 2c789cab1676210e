/**
 * The value with every `bigint` replaced by the nearest double, for libraries that do not know `bigint`. What holds none comes back as
 * it is; the input is never changed.
 */
export function withoutBigInts(value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  if (!holdsBigInt(value)) return value;
  if (Array.isArray(value)) return value.map(withoutBigInts);
  return Object.fromEntries(Object.entries(value as object).map(([key, member]) => [key, withoutBigInts(member)]));
}

function holdsBigInt(value: unknown): boolean {
  if (typeof value === "bigint") return true;
  return typeof value === "object" && value !== null && Object.values(value).some(holdsBigInt);
}
