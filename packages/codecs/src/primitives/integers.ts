/** The form of 64-bit integers in values: decimal strings, or numbers (a `bigint` beyond 2⁵³, which is printed exactly). */
export type Int64As = "string" | "number";

const HIGH = 2 ** 32;
/** The high halves of the integers that a double holds exactly. */
const MAX_SAFE_HIGH = 0x20_0000;

export const MAX_INT64 = 2n ** 63n - 1n;

/** An unsigned 64-bit integer from its two unsigned halves. */
export function unsigned64(low: number, high: number): number | bigint {
  return high < MAX_SAFE_HIGH ? high * HIGH + low : (BigInt(high) << 32n) | BigInt(low);
}

/** A signed 64-bit integer from its two unsigned halves. */
export function signed64(low: number, high: number): number | bigint {
  if (high < MAX_SAFE_HIGH) return high * HIGH + low;
  const signed = high | 0;
  if (signed < 0 && signed >= -MAX_SAFE_HIGH && !(signed === -MAX_SAFE_HIGH && low === 0)) return signed * HIGH + low;
  return BigInt.asIntN(64, (BigInt(high) << 32n) | BigInt(low));
}

/**
 * The integer that a JSON value represents: a number without fraction, a `bigint`, or a decimal string (also with an exponent, or with a
 * fraction of zeros); `undefined` for anything else.
 */
export function integerOf(value: unknown): bigint | undefined {
  if (typeof value === "bigint") return value;
  if (typeof value === "number") return Number.isInteger(value) ? BigInt(value) : undefined;
  if (typeof value !== "string" || value.length > MAX_DIGITS) return undefined;
  if (/^-?\d+$/.test(value)) return BigInt(value);
  if (!/^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(value)) return undefined;
  const number = Number(value);
  return Number.isSafeInteger(number) ? BigInt(number) : undefined;
}

/** Enough for 64 bits; a longer string is not converted. */
const MAX_DIGITS = 64;
