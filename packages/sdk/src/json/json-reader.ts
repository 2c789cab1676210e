import type { JsonValue } from "../contract/message.ts";
import { setMember } from "./json-object.ts";

const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const CLOSE_ARRAY = 0x5d;
const OPEN_ARRAY = 0x5b;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/**
 * Parses a text that the scan has accepted as JSON, where the platform's parser would not be exact:
 *
 * - integers beyond 2⁵³ become `bigint`;
 * - keys with escapes: V8's `JSON.parse` (seen in Node 26) takes an escaped key for the key of an object it parsed earlier, when
 *   that key's characters are the escape's spelling (`"\n"` after an object with `"\\n"` in the same place).
 */
export function readJson(text: string): JsonValue {
  return new Reader(text).value();
}

class Reader {
  readonly #text: string;
  #at = 0;

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
    this.#at++;
    while (this.#next() !== CLOSE_OBJECT) {
      const key = this.#string();
      this.#next();
      this.#at++;
      const value = this.value();
      setMember(object, key, value);
      if (this.#next() !== COMMA) break;
      this.#at++;
    }
    this.#at++;
    return object;
  }

  #array(): JsonValue {
    const array: JsonValue[] = [];
    this.#at++;
    while (this.#next() !== CLOSE_ARRAY) {
      array.push(this.value());
      if (this.#next() !== COMMA) break;
      this.#at++;
    }
    this.#at++;
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
    const token = NUMBER;
    token.lastIndex = this.#at;
    token.test(this.#text);
    const source = this.#text.slice(this.#at, token.lastIndex);
    this.#at = token.lastIndex;
    const value = Number(source);
    return Number.isSafeInteger(value) || !INTEGER.test(source) ? value : BigInt(source);
  }

  /** The next character that is not white space. */
  #next(): number {
    let code = this.#text.charCodeAt(this.#at);
    while (code <= SPACE) code = this.#text.charCodeAt(++this.#at);
    return code;
  }
}

const NUMBER = /[-+.0-9eE]+/y;
const INTEGER = /^-?\d+$/;
