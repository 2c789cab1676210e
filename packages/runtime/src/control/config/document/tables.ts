import { getAt, isTable, setKey, type Table } from "../../../shared/key-path.ts";

/** TOML has no word for null. */
export function holdsNull(value: unknown): boolean {
  if (value === null) return true;
  if (Array.isArray(value)) return value.some(holdsNull);
  return isTable(value) && Object.values(value).some(holdsNull);
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
