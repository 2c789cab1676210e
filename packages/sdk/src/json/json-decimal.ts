/** More digits are not written out: `1e999999999` is a whole number, too. */
const MOST_DIGITS = 1000;
const PARTS = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/** A decimal as its significant digits and the power of ten of the last one, which counts up to 2⁵³. */
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
  const all = withoutLeadingZeros(integer + fraction);
  const digits = withoutTrailingZeros(all);
  if (digits === "") return { sign: "", digits: "0", exponent: 0 };
  const place = Number(exponent) - fraction.length + all.length - digits.length;
  return { sign, digits, exponent: Math.min(Math.max(place, Number.MIN_SAFE_INTEGER), Number.MAX_SAFE_INTEGER) };
}

function withoutLeadingZeros(digits: string): string {
  let start = 0;
  while (digits[start] === "0") start++;
  return digits.slice(start);
}

function withoutTrailingZeros(digits: string): string {
  let end = digits.length;
  while (digits[end - 1] === "0") end--;
  return digits.slice(0, end);
}

/** Whether a number has no fraction, however it is written: `1.0`, `1e2`. */
export function isWholeNumber(text: string): boolean {
  const decimal = decimalOf(text);
  return decimal !== undefined && decimal.exponent >= 0;
}

/** The digits of a number that has no fraction, however it is written: `1.0`, `1e2`; `undefined` if it has one, or too many digits. */
export function wholeNumber(text: string): string | undefined {
  const decimal = decimalOf(text);
  if (decimal === undefined || decimal.exponent < 0) return undefined;
  const { sign, digits, exponent } = decimal;
  return digits.length + exponent > MOST_DIGITS ? undefined : sign + digits + "0".repeat(exponent);
}

/** A text that only equal numbers share: `1.0`, `1` and `10e-1` have the same; `-0` is `0`. `undefined` for what is no number. */
export function numberKey(text: string): string | undefined {
  const decimal = decimalOf(text);
  return decimal === undefined ? undefined : `${decimal.sign}${decimal.digits}e${decimal.exponent}`;
}

/** Whether two texts are the same number. */
export function isSameNumber(a: string, b: string): boolean {
  const key = numberKey(a);
  return key !== undefined && key === numberKey(b);
}

/** Negative if the first number is less than the second, positive if it is greater, 0 if they are equal; NaN for what is no number. */
export function compareNumbers(a: string, b: string): number {
  const [left, right] = [decimalOf(a), decimalOf(b)];
  if (left === undefined || right === undefined) return Number.NaN;
  const [leftSign, rightSign] = [signOf(left), signOf(right)];
  if (leftSign !== rightSign) return leftSign - rightSign;
  return leftSign < 0 ? compareMagnitudes(right, left) : compareMagnitudes(left, right);
}

function signOf({ sign, digits }: Decimal): number {
  return digits === "0" ? 0 : sign === "-" ? -1 : 1;
}

function compareMagnitudes(a: Decimal, b: Decimal): number {
  const [aTop, bTop] = [a.digits.length + a.exponent, b.digits.length + b.exponent];
  if (aTop !== bTop) return aTop - bTop;
  // As fractions behind the same place: a prefix is the lesser one.
  return a.digits === b.digits ? 0 : a.digits < b.digits ? -1 : 1;
}

/** Whether a number is a whole multiple of another one, which is not 0. */
export function isMultipleOf(text: string, divisor: string): boolean {
  const [number, by] = [decimalOf(text), decimalOf(divisor)];
  if (number === undefined || by === undefined || by.digits === "0") return false;
  if (number.digits === "0") return true;
  const places = number.exponent - by.exponent;
  // The number's last digit is not 0, so that no power of ten divides its digits.
  if (places < 0) return false;
  const modulus = BigInt(by.digits);
  return ((BigInt(number.digits) % modulus) * powerOfTen(BigInt(places), modulus)) % modulus === 0n;
}

function powerOfTen(exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  let base = 10n % modulus;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = (result * base) % modulus;
    base = (base * base) % modulus;
  }
  return result;
}
