/** `JSON` with a method that TypeScript's library does not declare yet (in Node since 22). */
const RawJson = JSON as typeof JSON & { rawJSON(text: string): unknown };

/** What instances of all copies of this package have. */
const BRAND = Symbol.for("@iggy-connectors/sdk.json-number");

/**
 * A number whose text says more than the double nearest to it: `12345678901234567.89`, `1.10`, `1e400`. `instanceof` checks a brand, not
 * the identity of the class, so that it also works for a plugin that has its own copy of the SDK.
 */
export class JsonNumber {
  static [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === "object" && value !== null && (value as { [BRAND]?: unknown })[BRAND] === true;
  }

  /** As it was written: a number by the grammar of RFC 8259. */
  readonly text: string;
  /** The nearest double; infinite where the number is beyond doubles. */
  readonly value: number;

  constructor(text: string) {
    this.text = text;
    this.value = Number(text);
  }

  get [BRAND](): true {
    return true;
  }

  toString(): string {
    return this.text;
  }

  valueOf(): number {
    return this.value;
  }

  /** For `JSON.stringify`, which then prints the text. */
  toJSON(): unknown {
    return RawJson.rawJSON(this.text);
  }
}

/** The text of a number; `undefined` for anything else, and where a double is not finite. */
export function digitsOf(value: unknown): string | undefined {
  if (typeof value === "bigint" || value instanceof JsonNumber) return value.toString();
  return typeof value === "number" && Number.isFinite(value) ? doubleText(value) : undefined;
}

/**
 * A double as JSON. One that is a whole number beyond 64 bits has an exponent: without, it would look like an integer of which every
 * digit counts. `null` for NaN and infinities.
 */
export function doubleText(value: number): string {
  if (!Number.isFinite(value)) return "null";
  const huge = Number.isInteger(value) && (value >= 2 ** 64 || value <= -(2 ** 63)) && Math.abs(value) < 1e21;
  return huge ? value.toExponential() : String(value);
}
