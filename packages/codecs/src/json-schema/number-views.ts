import { JsonNumber, numberText } from "@iggy-connectors/sdk";
import { doubleText, isSameNumber, isWholeNumber, setMember, writtenText } from "@iggy-connectors/sdk/internal";

type Holder = Readonly<Record<string | number, unknown>>;

/**
 * Values for a validator that knows no number but doubles. In a view, a number that no double holds is one that is a whole number
 * if the number is, which is all that a validator asks by itself; `textAt` tells the digits. What needs no stand-in is its own view.
 */
export class NumberViews {
  readonly #originals = new WeakMap<object, object>();

  of(value: unknown): unknown {
    if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
    let copy: Record<string, unknown> | unknown[] | undefined;
    for (const key of Object.keys(value)) {
      const member = (value as Holder)[key];
      const seen = isNumber(member) ? standIn(numberText(value, key), member) : this.of(member);
      if (Object.is(seen, member)) continue;
      copy ??= Array.isArray(value) ? value.slice() : { ...value };
      if (Array.isArray(copy)) copy[Number(key)] = seen;
      else setMember(copy, key, seen);
    }
    if (copy === undefined) return value;
    this.#originals.set(copy, value);
    return copy;
  }

  /** Makes an object a view of another one, whose members it has. */
  add(view: object, original: object): void {
    this.#originals.set(view, original);
  }

  /** What a view was made of. */
  originalOf(view: object): object {
    return this.#originals.get(view) ?? view;
  }

  /** The digits of the number that is seen at `view[key]`; `undefined` for one that is not finite, and anything else. */
  textAt(view: object, key: string | number): string | undefined {
    return numberText(this.originalOf(view), key);
  }
}

/** Whether doubles tell every number at any depth, so that comparing them is exact. */
export function hasDoublesOnly(value: unknown): boolean {
  if (typeof value === "bigint") return false;
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return true;
  if (value instanceof JsonNumber) return false;
  for (const key in value) {
    const member = (value as Holder)[key];
    if (typeof member === "object" || typeof member === "bigint") {
      if (!hasDoublesOnly(member)) return false;
    } else if (typeof member === "number" && !isDouble(value, key, member)) {
      return false;
    }
  }
  return true;
}

/** Whether two numbers of which this holds are equal, or one less than the other, exactly as their doubles are. */
function isDouble(holder: object, key: string, value: number): boolean {
  const text = writtenText(holder, key, value);
  return text === undefined || isSameNumber(text, doubleText(value));
}

function isNumber(value: unknown): value is number | bigint | JsonNumber {
  return typeof value === "number" || typeof value === "bigint" || value instanceof JsonNumber;
}

/** The nearest double, unless that is a whole number and the number is not. */
function standIn(text: string | undefined, number: number | bigint | JsonNumber): number {
  const nearest = Number(number);
  const looksWhole = Number.isInteger(nearest) || !Number.isFinite(nearest);
  return text !== undefined && looksWhole && !isWholeNumber(text) ? 0.5 : nearest;
}
