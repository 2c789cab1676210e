import type { RowSet } from "./row-output.ts";

const TAB = 9;
const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
const BACKSLASH = 92;
const LETTER_N = 78;
const LETTER_n = 110;
const LETTER_r = 114;
const LETTER_t = 116;
const LETTER_x = 120;
/** Digits of hexadecimal, by value. */
const HEX = Uint8Array.from("0123456789abcdef", (digit) => digit.charCodeAt(0));
const LAST_ASCII = 127;
/** Characters up to which writing a text by ourselves costs less than a call of Node.js (measured: about 30). */
const SHORT_TEXT = 24;
/** Characters that are escaped. */
const ESCAPED = /[\t\n\r\\]/;
/** Bytes of one UTF-16 code unit at most. */
const UTF8_BYTES = 3;
/** What an escape makes of a byte at most. */
const GROWTH = 2;

/**
 * Rows in the text format of `COPY`: values end with a tab, the last one with a line feed, `\N` is NULL, and a backslash
 * escapes itself, tab, line feed and carriage return. See "COPY", file formats, in the PostgreSQL manual. In an 8-bit
 * encoding no other byte means anything.
 */
export class CopyRows implements RowSet {
  #bytes: Buffer;
  #position = 0;
  /** Where rows end. */
  readonly #ends: number[] = [];
  /** Whether the row being written has a value. */
  #begun = false;

  /** @param expected bytes. */
  constructor(expected: number) {
    this.#bytes = Buffer.allocUnsafeSlow(Math.max(expected, 4096));
  }

  get length(): number {
    return this.#ends.length;
  }

  /** Rows `start` … `end` − 1. */
  range(start: number, end: number): Uint8Array {
    return this.#bytes.subarray(this.#ends[start - 1] ?? 0, this.#ends[end - 1] ?? 0);
  }

  clear(): void {
    this.#position = 0;
    this.#ends.length = 0;
    this.#begun = false;
  }

  null(): void {
    this.#next(2);
    this.#bytes[this.#position++] = BACKSLASH;
    this.#bytes[this.#position++] = LETTER_N;
  }

  /** `COPY` names its columns for all rows at once. */
  absent(): never {
    throw new TypeError("COPY has no row that lacks a column");
  }

  plain(text: string): void {
    this.#next(text.length);
    const bytes = this.#bytes;
    let position = this.#position;
    for (let index = 0; index < text.length; index++) bytes[position++] = text.charCodeAt(index);
    this.#position = position;
  }

  text(text: string): void {
    if (text.length <= SHORT_TEXT && this.#shortText(text)) return;
    if (ESCAPED.test(text)) this.utf8(Buffer.from(text));
    else {
      this.#next(text.length * UTF8_BYTES);
      this.#position += this.#bytes.write(text, this.#position);
    }
  }

  /** Writes it character by character, as long as it is ASCII without escapes. False: it is not, and nothing is written. */
  #shortText(text: string): boolean {
    this.#reserve(text.length + 1);
    const bytes = this.#bytes;
    let position = this.#begun ? this.#position + 1 : this.#position;
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index);
      if (code <= CARRIAGE_RETURN || code === BACKSLASH || code > LAST_ASCII) return false;
      bytes[position++] = code;
    }
    if (this.#begun) bytes[this.#position] = TAB;
    this.#begun = true;
    this.#position = position;
    return true;
  }

  utf8(value: Uint8Array): void {
    this.#next(value.length * GROWTH);
    const bytes = this.#bytes;
    let position = this.#position;
    for (let index = 0; index < value.length; index++) {
      const byte = value[index]!;
      if (byte > CARRIAGE_RETURN && byte !== BACKSLASH) bytes[position++] = byte;
      else {
        const escaped = escapeOf(byte);
        if (escaped !== 0) bytes[position++] = BACKSLASH;
        bytes[position++] = escaped === 0 ? byte : escaped;
      }
    }
    this.#position = position;
  }

  /** As `bytea` reads it: `\x` and hexadecimal digits, the backslash escaped. */
  binary(value: Uint8Array): void {
    this.#next(value.length * GROWTH + 3);
    const bytes = this.#bytes;
    let position = this.#position;
    bytes[position++] = BACKSLASH;
    bytes[position++] = BACKSLASH;
    bytes[position++] = LETTER_x;
    for (let index = 0; index < value.length; index++) {
      const byte = value[index]!;
      bytes[position++] = HEX[byte >> 4]!;
      bytes[position++] = HEX[byte & 15]!;
    }
    this.#position = position;
  }

  endRow(): void {
    this.#reserve(1);
    this.#bytes[this.#position++] = LINE_FEED;
    this.#ends.push(this.#position);
    this.#begun = false;
  }

  discardRow(): void {
    this.#position = this.#ends.at(-1) ?? 0;
    this.#begun = false;
  }

  /** Begins a value of at most `length` bytes. */
  #next(length: number): void {
    this.#reserve(length + 1);
    if (this.#begun) this.#bytes[this.#position++] = TAB;
    this.#begun = true;
  }

  #reserve(length: number): void {
    const needed = this.#position + length;
    if (needed <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2));
    this.#bytes.copy(grown, 0, 0, this.#position);
    this.#bytes = grown;
  }
}

/** The letter behind the backslash; 0: the byte stands for itself. */
function escapeOf(byte: number): number {
  switch (byte) {
    case BACKSLASH:
      return BACKSLASH;
    case TAB:
      return LETTER_t;
    case LINE_FEED:
      return LETTER_n;
    case CARRIAGE_RETURN:
      return LETTER_r;
    default:
      return 0;
  }
}
