import type { JsonValue } from "../contract/message.ts";
import { doubleText, JsonNumber } from "./json-number.ts";
import { setMember } from "./json-object.ts";
import { isIndex, type Repeated, setSpelling } from "./json-spelling.ts";

const SPACE = 0x20;
const QUOTE = 0x22;
const PLUS = 0x2b;
const COMMA = 0x2c;
const MINUS = 0x2d;
const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const BACKSLASH = 0x5c;
const CLOSE_ARRAY = 0x5d;
const OPEN_ARRAY = 0x5b;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** More digits cost more than they are worth: such an integer is a double with its text. */
const MAX_INTEGER_DIGITS = 1000;
/** Integers with fewer digits are always safe. */
const LONG_INTEGER_DIGITS = 16;

/**
 * Parses a text that the scan has accepted as JSON, where the platform's parser would not be exact:
 *
 * - integers beyond 2⁵³ become `bigint`;
 * - the text of a number that prints differently, and the order of members that JavaScript has another one for, are kept in the
 *   object or array (`Spelling`);
 * - keys with escapes: V8's `JSON.parse` (seen in Node 26) takes an escaped key for the key of an object it parsed earlier, when
 *   that key's characters are the escape's spelling (`"\n"` after an object with `"\\n"` in the same place).
 */
export function readJson(text: string): JsonValue {
  return new Reader(text).value();
}

/** The value of the text of a number: a `JsonNumber` where it says more than the double. */
export function exactNumber(text: string): number | bigint | JsonNumber {
  const value = Number(text);
  const integer = INTEGER.test(text);
  if (integer && !Number.isSafeInteger(value) && text.length <= MAX_INTEGER_DIGITS) return BigInt(text);
  return doubleText(value) === text ? value : new JsonNumber(text);
}

const INTEGER = /^-?\d+$/;

/** What stands for the text of a number in an object or array: a `bigint` beyond 2⁵³, else a double, which may print differently. */
export function numberOf(text: string): number | bigint {
  const value = Number(text);
  if (
    Number.isInteger(value) &&
    !Number.isSafeInteger(value) &&
    text.length <= MAX_INTEGER_DIGITS &&
    INTEGER.test(text)
  )
    return BigInt(text);
  return value;
}

class Reader {
  readonly #text: string;
  #at = 0;
  /** The text of the number that was read last, if its value prints differently. */
  #written: string | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  value(): JsonValue {
    switch (this.#next()) {
      case OPEN_OBJECT:
        return this.#object();
      case OPEN_ARRAY:
        return this.#array();
      case QUOTE:
        return this.#string();
      case 0x74:
        this.#at += 4;
        return true;
      case 0x66:
        this.#at += 5;
        return false;
      case 0x6e:
        this.#at += 4;
        return null;
      default:
        return this.#number();
    }
  }

  #object(): JsonValue {
    const object: { [key: string]: JsonValue } = {};
    let texts: Map<string, string> | undefined;
    let order: Member[] | undefined;
    this.#at++;
    while (this.#next() !== CLOSE_OBJECT) {
      const key = this.#string();
      this.#next();
      this.#at++;
      const value = this.value();
      if (order !== undefined || isIndex(key) || Object.hasOwn(object, key)) {
        order ??= Object.keys(object).map((name) => ({ key: name, value: object[name]!, text: texts?.get(name) }));
        order.push({ key, value, text: this.#written });
        // The last of a repeated key is where the object has it.
        delete object[key];
        texts?.delete(key);
      }
      if (this.#written !== undefined) {
        texts ??= new Map();
        texts.set(key, this.#written);
        this.#written = undefined;
      }
      setMember(object, key, value);
      if (this.#next() !== COMMA) break;
      this.#at++;
    }
    this.#at++;
    const written = order === undefined ? undefined : writtenOrder(object, order);
    if (texts !== undefined || written !== undefined) setSpelling(object, { texts, order: written });
    return object;
  }

  #array(): JsonValue {
    const array: JsonValue[] = [];
    let texts: Map<number, string> | undefined;
    this.#at++;
    while (this.#next() !== CLOSE_ARRAY) {
      const value = this.value();
      if (this.#written !== undefined) {
        texts ??= new Map();
        texts.set(array.length, this.#written);
        this.#written = undefined;
      }
      array.push(value);
      if (this.#next() !== COMMA) break;
      this.#at++;
    }
    this.#at++;
    if (texts !== undefined) setSpelling(array, { texts, order: undefined });
    return array;
  }

  #string(): string {
    const start = this.#at;
    let quote = this.#text.indexOf('"', start + 1);
    while (this.#isEscaped(quote)) quote = this.#text.indexOf('"', quote + 1);
    this.#at = quote + 1;
    const raw = this.#text.slice(start + 1, quote);
    return raw.includes("\\") ? (JSON.parse(this.#text.slice(start, quote + 1)) as string) : raw;
  }

  /** Whether an odd number of backslashes stands before a character. */
  #isEscaped(at: number): boolean {
    let backslashes = 0;
    while (this.#text.charCodeAt(at - 1 - backslashes) === BACKSLASH) backslashes++;
    return backslashes % 2 === 1;
  }

  #number(): number | bigint {
    const start = this.#at;
    let integer = true;
    let code = this.#text.charCodeAt(++this.#at);
    while (isNumberPart(code)) {
      if (code > NINE || code === DOT) integer = false;
      code = this.#text.charCodeAt(++this.#at);
    }
    const text = this.#text.slice(start, this.#at);
    const value = Number(text);
    if (integer && text.length < LONG_INTEGER_DIGITS && (value !== 0 || text.length === 1)) return value;
    if (integer && !Number.isSafeInteger(value) && text.length <= MAX_INTEGER_DIGITS) return BigInt(text);
    if (doubleText(value) !== text) this.#written = text;
    return value;
  }

  /** The next character that is not white space. */
  #next(): number {
    let code = this.#text.charCodeAt(this.#at);
    while (code <= SPACE) code = this.#text.charCodeAt(++this.#at);
    return code;
  }
}

/** A member as it was read. */
interface Member {
  readonly key: string;
  readonly value: JsonValue;
  readonly text: string | undefined;
}

/** The order of the members; `undefined` if it is the object's own. */
function writtenOrder(
  object: { [key: string]: JsonValue },
  members: readonly Member[],
): (string | Repeated)[] | undefined {
  const keys = Object.keys(object);
  if (keys.length === members.length && keys.every((key, index) => members[index]!.key === key)) return undefined;
  const last = new Map(members.map((member) => [member.key, member]));
  return members.map((member) => {
    const { key, value, text } = member;
    return last.get(key) === member ? key : { key, value, text, last: object[key]! };
  });
}

/** A digit, sign, dot or exponent. */
function isNumberPart(code: number): boolean {
  return (code >= ZERO && code <= NINE) || code === DOT || (code | 0x20) === 0x65 || code === MINUS || code === PLUS;
}
