import { setKey, type Table } from "./key-path.ts";

/** Levels of lists and tables; more than any configuration has, and few enough to walk recursively. */
export const MAX_DEPTH = 64;
/** Values of one document, after its aliases were expanded. */
const MAX_VALUES = 200_000;

/** A value is nested too deeply, refers to itself, is too large, or is not data. */
export class UnusableValue extends Error {
  override readonly name = "UnusableValue";
}

/**
 * A copy of a parsed value that consists of lists, tables, strings, numbers, integers beyond 2^53 (`bigint`), booleans and
 * null, and is a tree of a limited depth and size: whatever comes later may walk it. Dates become text. `read`: what a string
 * stands for. Throws `UnusableValue`.
 */
export function plainValue(value: unknown, read: (text: string) => unknown = (text) => text): unknown {
  let left = MAX_VALUES;
  return copy(value, 0);

  function copy(one: unknown, depth: number): unknown {
    if (depth > MAX_DEPTH)
      throw new UnusableValue(`it is nested more than ${MAX_DEPTH} levels deep, or contains itself`);
    if (--left < 0) throw new UnusableValue(`it has more than ${MAX_VALUES} values`);
    if (typeof one === "string") return read(one);
    if (typeof one === "bigint") return Number.isSafeInteger(Number(one)) ? Number(one) : one;
    if (typeof one === "function" || typeof one === "symbol") throw new UnusableValue("it contains a function");
    if (typeof one !== "object" || one === null) return one;
    if (Array.isArray(one)) return one.map((item) => copy(item, depth + 1));
    if (one instanceof Date) {
      if (Number.isNaN(one.getTime())) throw new UnusableValue("it contains an invalid date");
      return one.toISOString();
    }
    const prototype: unknown = Object.getPrototypeOf(one);
    if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
      throw new UnusableValue(`it contains a ${one.constructor?.name ?? "value"}, which is not a list or a table`);
    }
    const table: Table = {};
    for (const [key, member] of Object.entries(one)) setKey(table, key, copy(member, depth + 1));
    return table;
  }
}
