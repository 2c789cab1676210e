import type { JsonValue } from "../contract/message.ts";

/** The integers of 64 bits, signed or unsigned. */
export const MIN_INT64 = -(2n ** 63n);
export const MAX_UINT64 = 2n ** 64n - 1n;

/** Whether an integer has 64 bits: more than that, many a reader of JSON refuses. */
export function isJsonInteger(value: bigint): boolean {
  return value >= MIN_INT64 && value <= MAX_UINT64;
}

/** An integer as decoded JSON has it: a number where that is exact, else a `bigint`. */
export function exactInteger(value: bigint): JsonValue & (number | bigint) {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
