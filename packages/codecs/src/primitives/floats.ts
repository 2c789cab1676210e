/** How values spell what JSON has no number for, in every codec; protobuf's JSON mapping has the same names. */
export const FLOAT_NAMES: ReadonlySet<unknown> = new Set(["NaN", "Infinity", "-Infinity"]);

/** More digits after the point are found by their number of significant digits, which takes longer. */
const MAX_DECIMALS = 9;
const POWERS_OF_TEN: readonly number[] = Array.from({ length: MAX_DECIMALS + 1 }, (_, decimals) => 10 ** decimals);
/** Significant digits that identify every 32-bit float. */
const MAX_DIGITS = 9;
/** Integers below are floats of 32 bits, one and all. */
const EXACT_INTEGERS = 2 ** 24;

const MAX_FLOAT32 = 3.402_823_466_385_288_6e38;
/** Half a unit in the last place above the greatest float of 32 bits: from here on the nearest one is infinite. */
const FLOAT32_OVERFLOW = MAX_FLOAT32 + 2 ** 103;

/** A double as JSON: its name where it is not finite. */
export function finiteOrName(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}

/**
 * A 32-bit float, widened to a double, as the shortest decimal that is nearest to this float and no other: 0.1 instead of
 * 0.10000000149011612. What is not finite stays as it is.
 */
export function shortestFloat32(float: number): number {
  const size = Math.abs(float);
  if (size < EXACT_INTEGERS) {
    if (Number.isInteger(float)) return float;
    // The product is exact: 24 bits of the float and at most 21 of the power of five.
    for (let decimals = 1; decimals <= MAX_DECIMALS; decimals++) {
      const power = POWERS_OF_TEN[decimals]!;
      const decimal = Math.round(float * power) / power;
      if (Math.fround(decimal) === float) return decimal;
    }
  }
  for (let digits = 1; digits <= MAX_DIGITS; digits++) {
    const decimal = Number(float.toPrecision(digits));
    if (Math.fround(decimal) === float) return decimal;
  }
  return float;
}

/** Whether the nearest 32-bit float of a finite number is infinite. */
export function overflowsFloat32(value: number): boolean {
  return Math.abs(value) >= FLOAT32_OVERFLOW && Number.isFinite(value);
}
