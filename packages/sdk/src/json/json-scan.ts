import { asBuffer } from "../bytes/as-buffer.ts";
import { fail, JsonFault } from "./json-fault.ts";
import { scanEscape, scanUtf8 } from "./json-string.ts";
import { KeyHistory } from "./key-history.ts";

/** Bits of the result of a successful scan. */
export const JSON_OBJECT = 1;
/**
 * The platform's parser may lose something: a number that its double does not print in the same way, an integer beyond doubles, the
 * order of members or a member whose key is repeated. Only for a scan that is asked to look for it.
 */
export const JSON_INEXACT = 2;
/** A key, at any depth, is spelt with an escape. */
export const JSON_ESCAPED_KEY = 4;
/** A key of the top-level object is spelt with an escape. */
export const JSON_ESCAPED_TOP_KEY = 8;
/** Some character is not ASCII. */
export const JSON_BEYOND_ASCII = 16;

/** The keys of the top-level object are those of the text before, in the same order. Only from a scan of many texts, and not always. */
export const JSON_SAME_KEYS = 32;

/** Above these bits, from a scan by which numbers are noted: how many. */
export const NOTED_SHIFT = 8;

/** The deepest nesting that is accepted. It is limited because printing and traversing a value are recursive. */
export const MAX_JSON_DEPTH = 1024;

/** Integers with fewer digits are always safe. */
const LONG_INTEGER_DIGITS = 16;
/** Up to so many significant digits a decimal is the shortest that stands for its double, and a double never prints more than 17. */
const EXACT_DIGITS = 15;
const MOST_DIGITS = 17;
/** With more zeros behind the dot a double is printed with an exponent. */
const MOST_LEADING_ZEROS = 5;

const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const SPACE = 0x20;

/** 1 for the bytes that are literal in a string: ASCII except control characters, quote and backslash. */
const PLAIN = new Uint8Array(256);
PLAIN.fill(1, SPACE, 0x80);
PLAIN[QUOTE] = 0;
PLAIN[BACKSLASH] = 0;

const WHITESPACE = new Uint8Array(SPACE + 1);
for (const character of [0x20, 0x09, 0x0a, 0x0d]) WHITESPACE[character] = 1;

/** What is open at each depth: 1 an object, 0 an array. Shared by all scans, since a scan is synchronous. */
const OPEN = new Uint8Array(MAX_JSON_DEPTH);

/** Number of escapes in the current scan; tells whether a key had one. */
let escapes = 0;
/** Whether the current scan has found a character beyond ASCII. */
let beyondAscii = false;
const keys = new KeyHistory();

/** The members of a top-level object, from the member `first` of `spans` on. */
export interface MemberView {
  /** Three numbers each: start and end of the key with its quotes, end of the value. */
  spans: Int32Array;
  first: number;
  length: number;
}

/** Where a scan records members. */
export class MemberSpans implements MemberView {
  spans = new Int32Array(3 * 64);
  readonly first = 0;
  length = 0;

  /** Doubles the capacity, keeps the content, and returns the new `spans`. */
  grow(): Int32Array {
    const grown = new Int32Array(this.spans.length * 2);
    grown.set(this.spans);
    this.spans = grown;
    return grown;
  }
}

/**
 * Validates a JSON text in one pass, by the rules of `parseJson`: RFC 8259 in valid UTF-8, no byte
 * order mark, no lone surrogates, at most `MAX_JSON_DEPTH` levels. Allocates
 * nothing. Returns the bits above, or a negative number for `faultOf`. The members of a top-level object are recorded in
 * `members`; offsets are those of `bytes`. `toDecode`: look for what makes the text `JSON_INEXACT`, which costs some time.
 */
export function scanJson(
  bytes: Uint8Array,
  start: number,
  end: number,
  members?: MemberSpans,
  toDecode = false,
): number {
  let at = start;
  let depth = 0;
  let result = 0;
  /** Where members are recorded, three numbers each; only within a top-level object. */
  let spans: Int32Array | undefined;
  let recorded = 0;
  escapes = 0;
  beyondAscii = false;
  for (;;) {
    // A value begins here.
    let byte = at < end ? bytes[at]! : 0;
    while (byte <= SPACE && WHITESPACE[byte] === 1) byte = ++at < end ? bytes[at]! : 0;
    let key = false;
    if (byte === QUOTE) {
      at = scanString(bytes, at + 1, end);
      if (at < 0) return at;
    } else if (byte === OPEN_OBJECT) {
      if (depth === 0) {
        result |= JSON_OBJECT;
        spans = members?.spans;
      }
      do byte = ++at < end ? bytes[at]! : 0;
      while (byte <= SPACE && WHITESPACE[byte] === 1);
      if (byte === CLOSE_OBJECT) {
        at++;
      } else {
        if (depth === MAX_JSON_DEPTH) return fail(at, end, JsonFault.depth);
        if (toDecode) keys.open(depth);
        OPEN[depth++] = 1;
        key = true;
      }
    } else if (byte === OPEN_ARRAY) {
      do byte = ++at < end ? bytes[at]! : 0;
      while (byte <= SPACE && WHITESPACE[byte] === 1);
      if (byte !== CLOSE_ARRAY) {
        if (depth === MAX_JSON_DEPTH) return fail(at, end, JsonFault.depth);
        OPEN[depth++] = 0;
        continue;
      }
      at++;
    } else if (byte === MINUS || (byte >= ZERO && byte <= NINE)) {
      const first = at;
      if (byte === MINUS) byte = ++at < end ? bytes[at]! : 0;
      const integer = at;
      if (byte === ZERO) {
        byte = ++at < end ? bytes[at]! : 0;
      } else {
        if (byte < ZERO || byte > NINE) return fail(at, end, JsonFault.unexpected);
        do byte = ++at < end ? bytes[at]! : 0;
        while (byte >= ZERO && byte <= NINE);
      }
      const digits = at - integer;
      if (byte === DOT || (byte | 0x20) === 0x65) {
        at = scanFraction(bytes, at, end);
        if (at < 0) return at;
        if (toDecode && !printsBack(bytes, first, integer, integer + digits, at)) result |= JSON_INEXACT;
      } else if (toDecode && (digits >= LONG_INTEGER_DIGITS || (first !== integer && bytes[integer] === ZERO))) {
        result |= JSON_INEXACT;
      }
    } else {
      at = scanWord(bytes, at, end, byte);
      if (at < 0) return at;
    }
    // A value ended, or an object began with a key.
    for (;;) {
      if (!key) {
        if (depth === 0) {
          while (at < end && bytes[at]! <= SPACE && WHITESPACE[bytes[at]!] === 1) at++;
          if (at !== end) return fail(at, end, JsonFault.unexpected);
          if (members !== undefined) members.length = recorded / 3;
          return beyondAscii ? result | JSON_BEYOND_ASCII : result;
        }
        const valueEnd = at;
        byte = at < end ? bytes[at]! : 0;
        while (byte <= SPACE && WHITESPACE[byte] === 1) byte = ++at < end ? bytes[at]! : 0;
        if (byte === COMMA) {
          if (depth === 1 && spans !== undefined) spans[recorded - 1] = valueEnd;
          at++;
          if (OPEN[depth - 1] === 0) break;
          byte = at < end ? bytes[at]! : 0;
          while (byte <= SPACE && WHITESPACE[byte] === 1) byte = ++at < end ? bytes[at]! : 0;
        } else if (byte === CLOSE_OBJECT && OPEN[depth - 1] === 1) {
          if (depth === 1 && spans !== undefined) spans[recorded - 1] = valueEnd;
          depth--;
          at++;
          continue;
        } else if (byte === CLOSE_ARRAY && OPEN[depth - 1] === 0) {
          depth--;
          at++;
          continue;
        } else {
          return fail(at, end, JsonFault.unexpected);
        }
      }
      if (byte !== QUOTE) return fail(at, end, JsonFault.unexpected);
      const keyStart = at;
      const escapesBefore = escapes;
      at = scanString(bytes, at + 1, end);
      if (at < 0) return at;
      if (escapes !== escapesBefore) result |= depth === 1 ? JSON_ESCAPED_KEY | JSON_ESCAPED_TOP_KEY : JSON_ESCAPED_KEY;
      if (toDecode && keys.displaced(bytes, keyStart + 1, at - 1, depth - 1)) result |= JSON_INEXACT;
      if (depth === 1 && spans !== undefined) {
        if (recorded === spans.length) spans = members!.grow();
        spans[recorded] = keyStart;
        spans[recorded + 1] = at;
        recorded += 3;
      }
      byte = at < end ? bytes[at]! : 0;
      while (byte <= SPACE && WHITESPACE[byte] === 1) byte = ++at < end ? bytes[at]! : 0;
      if (byte !== COLON) return fail(at, end, JsonFault.unexpected);
      at++;
      break;
    }
  }
}

/** From after the opening quote to after the closing one; negative for a fault. */
function scanString(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end) {
    const byte = bytes[at]!;
    if (PLAIN[byte] === 1) {
      at++;
      continue;
    }
    if (byte === QUOTE) return at + 1;
    at = scanSpecial(bytes, at, end, byte);
    if (at < 0) return at;
  }
  return fail(end, end, JsonFault.unexpected);
}

function scanSpecial(bytes: Uint8Array, at: number, end: number, byte: number): number {
  if (byte >= 0x80) {
    beyondAscii = true;
    return scanUtf8(bytes, at, end, byte);
  }
  if (byte !== BACKSLASH) return fail(at, end, JsonFault.control);
  escapes++;
  return scanEscape(bytes, at, end);
}

/** From the dot or exponent of a number to its end; negative for a fault. */
function scanFraction(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  if (bytes[at] === DOT) {
    const fraction = at + 1;
    at = scanDigits(bytes, fraction, end);
    if (at === fraction) return fail(at, end, JsonFault.unexpected);
  }
  if (at < end && (bytes[at]! | 0x20) === 0x65) {
    at++;
    if (at < end && (bytes[at] === MINUS || bytes[at] === 0x2b)) at++;
    const exponent = at;
    at = scanDigits(bytes, exponent, end);
    if (at === exponent) return fail(at, end, JsonFault.unexpected);
  }
  return at;
}

/** Whether the double of the number `bytes[start, end)`, which has a fraction or an exponent after its integer, prints in the same way. */
function printsBack(bytes: Uint8Array, start: number, integer: number, dot: number, end: number): boolean {
  const last = bytes[end - 1]!;
  if (bytes[dot] !== DOT || last === ZERO || end - start > MOST_DIGITS + MOST_LEADING_ZEROS + 3) return false;
  let first = dot + 1;
  if (bytes[integer] !== ZERO) first = integer + 1;
  else while (bytes[first] === ZERO) first++;
  if (first - dot > MOST_LEADING_ZEROS + 1) return false;
  // Without the dot, if it lies between the digits.
  const digits = first > dot ? end - first : end - integer - 1;
  if (digits > MOST_DIGITS) return false;
  if (digits <= EXACT_DIGITS && scanDigits(bytes, first > dot ? first : dot + 1, end) === end) return true;
  const text = asBuffer(bytes).toString("latin1", start, end);
  return String(Number(text)) === text;
}

function scanDigits(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at]! >= ZERO && bytes[at]! <= NINE) at++;
  return at;
}

/** `true`, `false` or `null`; negative for anything else. */
function scanWord(bytes: Uint8Array, at: number, end: number, byte: number): number {
  const word = byte === 0x74 ? TRUE : byte === 0x66 ? FALSE : byte === 0x6e ? NULL : undefined;
  if (word === undefined) return fail(at, end, JsonFault.unexpected);
  for (let index = 1; index < word.length; index++) {
    if (at + index >= end || bytes[at + index] !== word[index]) return fail(at + index, end, JsonFault.unexpected);
  }
  return at + word.length;
}

const TRUE = Uint8Array.of(0x74, 0x72, 0x75, 0x65);
const FALSE = Uint8Array.of(0x66, 0x61, 0x6c, 0x73, 0x65);
const NULL = Uint8Array.of(0x6e, 0x75, 0x6c, 0x6c);
