import type { JsonValue } from "../contract/message.ts";
import { doubleText } from "./json-number.ts";
import { setMember } from "./json-object.ts";
import { numberOf } from "./json-reader.ts";
import { setSpelling } from "./json-spelling.ts";

/** A number that is not what the platform's parser has read, and how many numbers are before it in the text. */
interface InexactNumber {
  readonly place: number;
  readonly text: string;
  readonly value: number | bigint;
}

/**
 * Completes what the platform's parser has read where it may have lost digits: as `readJson` does, long integers become `bigint`, and
 * the texts of numbers that print differently are kept. `noted` tells which numbers, as `JsonTextScanner` does, and `texts` how they are
 * written. The members of objects must be in the order of the text: numbers are found by counting.
 */
export function withExactNumbers(value: JsonValue, texts: readonly string[], noted: Int32Array): JsonValue {
  const numbers: InexactNumber[] = [];
  for (let index = 0; index < texts.length; index++) {
    const text = texts[index]!;
    const exact = numberOf(text);
    if (typeof exact === "bigint" || !printsBack(exact, text))
      numbers.push({ place: noted[index * 3]!, text, value: exact });
  }
  if (numbers.length === 0) return value;
  if (typeof value !== "object") return numbers[0]!.value;
  new NumberWalk(numbers).visit(value as JsonValue[] | { [key: string]: JsonValue });
  return value;
}

function printsBack(value: number, text: string): boolean {
  // By far the most common, and certain without printing: no double that is printed without an exponent ends in a zero behind a dot.
  if (text.endsWith(".0")) return false;
  return doubleText(value) === text;
}

class NumberWalk {
  readonly #numbers: readonly InexactNumber[];
  #next = 0;
  /** How many numbers are to be passed before the next one. */
  #distance: number;

  constructor(numbers: readonly InexactNumber[]) {
    this.#numbers = numbers;
    this.#distance = numbers[0]!.place;
  }

  /** Whether there are more numbers to be found behind this object or array. */
  visit(holder: JsonValue[] | { [key: string]: JsonValue }): boolean {
    return Array.isArray(holder) ? this.#visitArray(holder) : this.#visitObject(holder);
  }

  #visitObject(object: { [key: string]: JsonValue }): boolean {
    let texts: Map<string, string> | undefined;
    let more = true;
    for (const key of Object.keys(object)) {
      const value = object[key];
      if (typeof value === "number") {
        if (this.#distance-- > 0) continue;
        const exact = this.#numbers[this.#next]!;
        if (typeof exact.value === "bigint") {
          setMember(object, key, exact.value);
        } else {
          texts ??= new Map();
          texts.set(key, exact.text);
        }
        more = this.#advance();
      } else if (typeof value === "object" && value !== null) {
        more = this.visit(value as JsonValue[] | { [key: string]: JsonValue });
      }
      if (!more) break;
    }
    if (texts !== undefined) setSpelling(object, { texts, order: undefined });
    return more;
  }

  #visitArray(array: JsonValue[]): boolean {
    let texts: Map<number, string> | undefined;
    let more = true;
    for (let index = 0; index < array.length; index++) {
      const value = array[index];
      if (typeof value === "number") {
        if (this.#distance-- > 0) continue;
        const exact = this.#numbers[this.#next]!;
        if (typeof exact.value === "bigint") {
          array[index] = exact.value;
        } else {
          texts ??= new Map();
          texts.set(index, exact.text);
        }
        more = this.#advance();
      } else if (typeof value === "object" && value !== null) {
        more = this.visit(value as JsonValue[] | { [key: string]: JsonValue });
      }
      if (!more) break;
    }
    if (texts !== undefined) setSpelling(array, { texts, order: undefined });
    return more;
  }

  /** Goes on to the next number. Whether there is one. */
  #advance(): boolean {
    const last = this.#numbers[this.#next++]!;
    const next = this.#numbers[this.#next];
    if (next === undefined) return false;
    this.#distance = next.place - last.place - 1;
    return true;
  }
}
