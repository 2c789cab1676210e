/*
 * The scan of JSON texts of `src/json/json-scan.ts`, in AssemblyScript: TypeScript's syntax with the integers and vectors of
 * WebAssembly. It accepts the same texts, sets the same bits and finds the same members; why a text is refused is found by the portable
 * scan. Behind a text a zero byte is put, which no JSON contains and every loop stops at, so that nothing else has to look for the end.
 */

import { haveSameKeys, isDisplaced, MOST_OPEN, openObject } from "./keys";
import { beginNumbers, countNoted, JSON_INEXACT, noteNumber, numberEnd, passNumber, printsBack, ZERO } from "./numbers";

export { notedNumbers } from "./numbers";

const JSON_OBJECT: i32 = 1;
const JSON_ESCAPED_KEY: i32 = 4;
const JSON_ESCAPED_TOP_KEY: i32 = 8;
const JSON_BEYOND_ASCII: i32 = 16;
const JSON_SAME_KEYS: i32 = 32;

/** Above the bits of a text to decode is the number of its noted numbers. */
const NOTED_SHIFT: i32 = 8;

/** Results that are not bits. */
const REFUSED: i32 = -1;
const NO_ROOM: i32 = -2;

const MAX_JSON_DEPTH: usize = 1024;

const QUOTE: u32 = 0x22;
const COMMA: u32 = 0x2c;
const MINUS: u32 = 0x2d;
const COLON: u32 = 0x3a;
const OPEN_ARRAY: u32 = 0x5b;
const BACKSLASH: u32 = 0x5c;
const CLOSE_ARRAY: u32 = 0x5d;
const LETTER_E: u32 = 0x65;
const LETTER_U: u32 = 0x75;
const OPEN_OBJECT: u32 = 0x7b;
const CLOSE_OBJECT: u32 = 0x7d;
const SPACE: u32 = 0x20;

/** What is open at each depth: 1 an object, 0 an array. */
const OPEN = memory.data(1024, 16);

/** The first address that callers may use. */
export const heap: usize = __heap_base;

/** Of the current text: the number of escapes, and whether some character is not ASCII. */
let escapes: i32 = 0;
let beyondAscii: i32 = 0;
/** Where the next member is recorded, and behind the room for members. */
let memberAt: usize = 0;
let memberEnd: usize = 0;

/**
 * Scans `count` texts. Of each, three words at `texts`: its first address, the address behind it, and what to add to an address in it to
 * get the position that a member is recorded with. Of each, two words at `results`: its bits or −1, and the number of members that were
 * recorded up to its end. Members are recorded at `members`, as many as there is `room` for, three words each: start and end of the key
 * with its quotes, end of the value; with `room` 0, none are. Returns the number of texts scanned before the room was used up.
 */
export function scanTexts(texts: usize, count: i32, results: usize, members: usize, room: i32): i32 {
  /** The members of the text before, which was an object; 0: it was not. */
  let before: usize = 0;
  let beforeShift: u32 = 0;
  memberAt = members;
  memberEnd = members + 12 * <usize>room;
  for (let index = 0; index < count; index++, texts += 12, results += 8) {
    const end = <usize>load<u32>(texts, 4);
    const first = memberAt;
    const behind = load<u8>(end);
    store<u8>(end, 0);
    const shift = load<u32>(texts, 8);
    let result = scan(<usize>load<u32>(texts), end, shift, room !== 0, false);
    store<u8>(end, behind);
    if (result === NO_ROOM) return index;
    if (room !== 0 && result > 0 && (result & JSON_OBJECT) !== 0) {
      if (before !== 0 && haveSameKeys(before, beforeShift, first, memberAt, shift)) result |= JSON_SAME_KEYS;
      before = first;
      beforeShift = shift;
    } else {
      before = 0;
    }
    store<i32>(results, result);
    store<u32>(results, <u32>((memberAt - members) / 12), 4);
  }
  return count;
}

/**
 * Scans the text from `start` to `end` to decode it. Returns its bits, or −1. Unlike the portable scan, it leaves numbers to the caller:
 * those that the platform's parser may not read exactly are noted; how many is told above the bits. `JSON_INEXACT` stands for the order
 * of members, repeated keys, and more such numbers than can be noted.
 */
export function scanToDecode(start: usize, end: usize): i32 {
  beginNumbers();
  const behind = load<u8>(end);
  store<u8>(end, 0);
  const result = scan(start, end, 0, false, true);
  store<u8>(end, behind);
  return result < 0 ? result : result | (countNoted() << NOTED_SHIFT);
}

function scan(start: usize, end: usize, shift: u32, recording: boolean, decoding: boolean): i32 {
  let at = start;
  let depth: usize = 0;
  let result = 0;
  let member = memberAt;
  /** Whether the members of the object that is open at depth 1 are recorded. */
  let top = false;
  escapes = 0;
  beyondAscii = 0;
  while (true) {
    // A value begins here.
    let byte = <u32>load<u8>(at);
    if (byte <= SPACE) {
      at = afterSpace(at);
      byte = load<u8>(at);
    }
    let key = false;
    if (byte === QUOTE) {
      at = stringEnd(at + 1);
      if (at === 0) return REFUSED;
    } else if (byte === OPEN_OBJECT) {
      if (depth === 0) {
        result |= JSON_OBJECT;
        top = recording;
      }
      at++;
      byte = load<u8>(at);
      if (byte <= SPACE) {
        at = afterSpace(at);
        byte = load<u8>(at);
      }
      if (byte === CLOSE_OBJECT) {
        at++;
      } else {
        if (depth === MAX_JSON_DEPTH) return REFUSED;
        if (decoding && depth < MOST_OPEN) openObject(depth);
        store<u8>(OPEN + depth, 1);
        depth++;
        key = true;
      }
    } else if (byte - ZERO <= 9 || byte === MINUS) {
      const first = at;
      at = numberEnd(at, byte);
      if (at === 0) return REFUSED;
      if (decoding) {
        if (!printsBack(first, at)) result |= noteNumber(first, at);
        passNumber();
      }
    } else if (byte === OPEN_ARRAY) {
      at++;
      byte = load<u8>(at);
      if (byte <= SPACE) {
        at = afterSpace(at);
        byte = load<u8>(at);
      }
      if (byte !== CLOSE_ARRAY) {
        if (depth === MAX_JSON_DEPTH) return REFUSED;
        store<u8>(OPEN + depth, 0);
        depth++;
        continue;
      }
      at++;
    } else {
      at = wordEnd(at);
      if (at === 0) return REFUSED;
    }
    // A value ended, or an object began with a key.
    while (true) {
      if (!key) {
        if (depth === 0) {
          if (load<u8>(at) <= SPACE) at = afterSpace(at);
          if (at !== end) return REFUSED;
          memberAt = member;
          return beyondAscii !== 0 ? result | JSON_BEYOND_ASCII : result;
        }
        const valueEnd = at;
        byte = load<u8>(at);
        if (byte <= SPACE) {
          at = afterSpace(at);
          byte = load<u8>(at);
        }
        const object = load<u8>(OPEN - 1 + depth);
        if (byte === COMMA) {
          at++;
          if (object === 0) break;
          if (depth === 1 && top) store<u32>(member - 4, <u32>valueEnd + shift);
          byte = load<u8>(at);
          if (byte <= SPACE) {
            at = afterSpace(at);
            byte = load<u8>(at);
          }
        } else if (byte === CLOSE_ARRAY + ((<u32>object) << 5)) {
          if (depth === 1 && top) store<u32>(member - 4, <u32>valueEnd + shift);
          depth--;
          at++;
          continue;
        } else {
          return REFUSED;
        }
      }
      if (byte !== QUOTE) return REFUSED;
      const keyStart = at;
      const escapesBefore = escapes;
      at = stringEnd(at + 1);
      if (at === 0) return REFUSED;
      if (escapes !== escapesBefore) result |= depth === 1 ? JSON_ESCAPED_KEY | JSON_ESCAPED_TOP_KEY : JSON_ESCAPED_KEY;
      if (decoding && isDisplaced(keyStart + 1, at - keyStart - 2, depth - 1)) result |= JSON_INEXACT;
      if (depth === 1 && top) {
        if (member === memberEnd) return NO_ROOM;
        store<u32>(member, <u32>keyStart + shift);
        store<u32>(member, <u32>at + shift, 4);
        member += 12;
      }
      byte = load<u8>(at);
      if (byte <= SPACE) {
        at = afterSpace(at);
        byte = load<u8>(at);
      }
      if (byte !== COLON) return REFUSED;
      at++;
      break;
    }
  }
}

/** Behind the white space at `at`. */
function afterSpace(at: usize): usize {
  // One space or line feed is the most common.
  if (!isSpace(load<u8>(at))) return at;
  at++;
  if (!isSpace(load<u8>(at))) return at;
  while (true) {
    const bytes = v128.load(at);
    const spaces = v128.or(
      v128.or(i8x16.eq(bytes, i8x16.splat(0x20)), i8x16.eq(bytes, i8x16.splat(0x0a))),
      v128.or(i8x16.eq(bytes, i8x16.splat(0x0d)), i8x16.eq(bytes, i8x16.splat(0x09))),
    );
    const others = ~i8x16.bitmask(spaces) & 0xffff;
    if (others !== 0) return at + ctz(others);
    at += 16;
  }
}

function isSpace(byte: u32): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** From after the opening quote to after the closing one; 0 for a fault. */
function stringEnd(at: usize): usize {
  while (true) {
    const bytes = v128.load(at);
    // Compared as signed numbers, what is beyond ASCII is less than a space as well.
    const special = i8x16.bitmask(
      v128.or(
        v128.or(i8x16.eq(bytes, i8x16.splat(0x22)), i8x16.eq(bytes, i8x16.splat(0x5c))),
        i8x16.lt_s(bytes, i8x16.splat(0x20)),
      ),
    );
    if (special === 0) {
      at += 16;
      continue;
    }
    at += ctz(special);
    const byte = <u32>load<u8>(at);
    if (byte === QUOTE) return at + 1;
    if (byte >= 0x80) {
      beyondAscii = 1;
      at = charactersEnd(at);
    } else if (byte === BACKSLASH) {
      escapes++;
      at = escapeEnd(at);
    } else {
      return 0;
    }
    if (at === 0) return 0;
  }
}

/** Behind the characters beyond ASCII at `at` (RFC 3629: shortest forms, no surrogates); 0 for a fault. */
function charactersEnd(at: usize): usize {
  while (true) {
    const lead = <u32>load<u8>(at);
    if (lead < 0x80) return at;
    const second = <u32>load<u8>(at, 1);
    if (lead < 0xe0) {
      if (lead < 0xc2 || (second & 0xc0) !== 0x80) return 0;
      at += 2;
    } else if (lead < 0xf0) {
      if ((second & 0xc0) !== 0x80 || (<u32>load<u8>(at, 2) & 0xc0) !== 0x80) return 0;
      if (lead === 0xe0 ? second < 0xa0 : lead === 0xed && second > 0x9f) return 0;
      at += 3;
    } else {
      if (
        (second & 0xc0) !== 0x80 ||
        (<u32>load<u8>(at, 2) & 0xc0) !== 0x80 ||
        (<u32>load<u8>(at, 3) & 0xc0) !== 0x80
      ) {
        return 0;
      }
      if (lead === 0xf0 ? second < 0x90 : lead > 0xf4 || (lead === 0xf4 && second > 0x8f)) return 0;
      at += 4;
    }
  }
}

/** From a backslash to after its escape; a surrogate pair counts as one. 0 for a fault. */
function escapeEnd(at: usize): usize {
  const letter = <u32>load<u8>(at, 1);
  if (letter !== LETTER_U) return isSimpleEscape(letter) ? at + 2 : 0;
  const unit = hexUnit(at + 2);
  if (unit < 0xd800) return at + 6;
  if (unit > 0xdfff) return unit > 0xffff ? 0 : at + 6;
  if (unit >= 0xdc00 || <u32>load<u8>(at, 6) !== BACKSLASH || <u32>load<u8>(at, 7) !== LETTER_U) return 0;
  const low = hexUnit(at + 8);
  return low >= 0xdc00 && low <= 0xdfff ? at + 12 : 0;
}

/** A letter that may follow a backslash, except `u`. */
function isSimpleEscape(letter: u32): boolean {
  return (
    letter === 0x6e || // n
    letter === QUOTE ||
    letter === BACKSLASH ||
    letter === 0x2f || // a slash
    letter === 0x74 || // t
    letter === 0x72 || // r
    letter === 0x62 || // b
    letter === 0x66 // f
  );
}

/** The value of four hexadecimal digits; more than 16 bits where they are none. */
function hexUnit(at: usize): u32 {
  return (
    (hexDigit(load<u8>(at)) << 12) |
    (hexDigit(load<u8>(at, 1)) << 8) |
    (hexDigit(load<u8>(at, 2)) << 4) |
    hexDigit(load<u8>(at, 3))
  );
}

function hexDigit(byte: u32): u32 {
  if (byte - ZERO <= 9) return byte - ZERO;
  const letter = (byte | 0x20) - 0x61;
  return letter <= 5 ? letter + 10 : 0x10000;
}

/** Behind `true`, `false` or `null` at `at`; 0 for anything else. */
function wordEnd(at: usize): usize {
  const word = load<u32>(at);
  if (word === 0x65757274 || word === 0x6c6c756e) return at + 4;
  return word === 0x736c6166 && <u32>load<u8>(at, 4) === LETTER_E ? at + 5 : 0;
}
