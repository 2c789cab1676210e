/** More digits are not written out: `1e999999999` is a whole number, too. */
const MOST_DIGITS = 1000;
const PARTS = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/** A decimal as its significant digits and the power of ten of the last one. */
interface Decimal {
  readonly sign: string;
  readonly digits: string;
  readonly exponent: number;
}

/** The number of a JSON text, without the zeros that do not count. */
function decimalOf(text: string): Decimal | undefined {
  const parts = PARTS.exec(text);
  if (parts === null) return undefined;
  const [, sign = "", integer = "", fraction = "", exponent = "0"] = parts;
  const all = (integer + fraction).replace(/^0+/, "");
  const digits = all.replace(/0+$/, "");
  if (digits === "") return { sign: "", digits: "0", exponent: 0 };
  return { sign, digits, exponent: Number(exponent) - fraction.length + all.length - digits.length };
}

/** The digits of a number that has no fraction, however it is written: `1.0`, `1e2`; `undefined` if it has one, or too many digits. */
export function wholeNumber(text: string): string | undefined {
  const decimal = decimalOf(text);
  if (decimal === undefined || decimal.exponent < 0) return undefined;
  const { sign, digits, exponent } = decimal;
  return digits.length + exponent > MOST_DIGITS ? undefined : sign + digits + "0".repeat(exponent);
}

/** Whether two texts are the same number. */
export function isSameNumber(a: string, b: string): boolean {
  const [left, right] = [decimalOf(a), decimalOf(b)];
  return (
    left !== undefined &&
    right !== undefined &&
    left.sign === right.sign &&
    left.digits === right.digits &&
    left.exponent === right.exponent
  );
}
