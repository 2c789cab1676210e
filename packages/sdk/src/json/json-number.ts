import { asBuffer } from "../bytes/as-buffer.ts";

const LARGEST_UNSIGNED = "18446744073709551615";
const LARGEST_NEGATIVE = "9223372036854775808";

/** Whether the digits `bytes[start, end)`, without leading zeros, are an integer within 64 bits (unsigned, or signed when negative). */
export function integerFits(bytes: Uint8Array, start: number, end: number, negative: boolean): boolean {
  const limit = negative ? LARGEST_NEGATIVE : LARGEST_UNSIGNED;
  if (end - start !== limit.length) return end - start < limit.length;
  for (let index = 0; index < limit.length; index++) {
    const difference = bytes[start + index]! - limit.charCodeAt(index);
    if (difference !== 0) return difference < 0;
  }
  return true;
}

/** Whether the number `bytes[start, end)` is a finite double. */
export function isFiniteNumber(bytes: Uint8Array, start: number, end: number): boolean {
  return Number.isFinite(Number(asBuffer(bytes).toString("latin1", start, end)));
}
