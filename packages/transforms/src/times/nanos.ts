export const NANOS_PER_SECOND = 1_000_000_000n;

const DECIMAL = /^(-?)(\d{1,40})(?:\.(\d{1,40}))?(?:[eE]([+-]?\d{1,3}))?$/;
/** Longer numbers are times of no unit. */
const MAX_DIGITS = 120;

/**
 * A decimal number of units as nanoseconds, exactly; digits beyond nanoseconds are cut off. `undefined`: the text is not a decimal
 * number, or one of more digits than any time has.
 */
export function decimalNanos(text: string, unit: bigint): bigint | undefined {
  const match = DECIMAL.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = "", fraction = "", exponent = "0"] = match;
  const scale = fraction.length - Number(exponent);
  if (scale < -MAX_DIGITS || scale > MAX_DIGITS) return undefined;
  const digits = BigInt(whole + fraction) * unit;
  const nanos = scale <= 0 ? digits * 10n ** BigInt(-scale) : digits / 10n ** BigInt(scale);
  return sign === "-" ? -nanos : nanos;
}

/** The whole second that a time is in. */
export function secondOf(nanos: bigint): number {
  return Number(floorDivide(nanos, NANOS_PER_SECOND));
}

export function floorDivide(value: bigint, by: bigint): bigint {
  const quotient = value / by;
  return value % by < 0n ? quotient - 1n : quotient;
}
