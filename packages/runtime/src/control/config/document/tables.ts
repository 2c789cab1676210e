import { getAt, isTable, setKey, type Table } from "../../../shared/key-path.ts";

/** TOML has no word for null, and integers of 64 bits. */
export function fitsToml(value: unknown): boolean {
  if (value === null) return false;
  if (typeof value === "bigint") return BigInt.asIntN(64, value) === value;
  if (Array.isArray(value)) return value.every(fitsToml);
  return !isTable(value) || Object.values(value).every(fitsToml);
}

/** Tables merge recursively; everything else, lists too, is replaced as a whole. `undefined` and `null` change nothing. */
export function mergeTables(base: Table, over: Table): Table {
  const merged: Table = {};
  for (const [key, value] of Object.entries(base)) setKey(merged, key, value);
  for (const [key, value] of Object.entries(over)) {
    if (value === undefined || value === null) continue;
    const present = getAt(merged, [key]);
    setKey(merged, key, isTable(value) && isTable(present) ? mergeTables(present, value) : value);
  }
  return merged;
}
