/*
 * The scan of JSON texts of `src/json/json-scan.ts`, in AssemblyScript: TypeScript's syntax with the integers and vectors of
 * WebAssembly. It accepts the same texts, sets the same bits and finds the same members; why a text is refused is found by the portable
 * scan. Behind a text a zero byte is put, which no JSON contains and every loop stops at, so that nothing else has to look for the end.
 */

const JSON_OBJECT: i32 = 1;
const JSON_INEXACT: i32 = 2;
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
const DOT: u32 = 0x2e;
const ZERO: u32 = 0x30;
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

/** More numbers that may be inexact are too many: then the text is. */
const MOST_NUMBERS: i32 = 256;

/**
 * For a text that is to be decoded: how many numbers it has so far, and how many of them are in `NUMBERS`, three words each: how many
 * numbers are before it, its first address, the address behind it.
 */
let numbers: i32 = 0;
let noted: i32 = 0;
const NUMBERS = memory.data(3072, 16);

/** The first of them, for callers. */
export const notedNumbers: usize = NUMBERS;

/** Up to so many significant digits a decimal is the shortest that stands for its double, and an integer is safe. */
const EXACT_DIGITS: usize = 15;
/** With more zeros behind the dot a double is printed with an exponent. */
const MOST_LEADING_ZEROS: usize = 5;

/*
 * Which keys the objects that are open have had, as in `src/json/key-history.ts`: by depth a hash table of keys, three words each: the
 * object that has it, its first address, its length.
 */
const SLOTS: usize = 256;
const MOST_KEYS: u32 = 192;
const DEPTHS: usize = 16;
const KEYS = memory.data(49152, 16);
/** By depth: the number of the object that is open, and how many keys it has. */
const OBJECTS = memory.data(128, 16);
let objects: u32 = 0;

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
  numbers = 0;
  noted = 0;
  const behind = load<u8>(end);
  store<u8>(end, 0);
  const result = scan(start, end, 0, false, true);
  store<u8>(end, behind);
  return result < 0 ? result : result | (noted << NOTED_SHIFT);
}

/** Whether the members from `a` to `b` have the same keys as those from `b` to `end`. */
function haveSameKeys(a: usize, shiftOfA: u32, b: usize, end: usize, shiftOfB: u32): boolean {
  if (end - b !== b - a) return false;
  for (; b < end; a += 12, b += 12) {
    const startOfA = load<u32>(a);
    const startOfB = load<u32>(b);
    const length = load<u32>(a, 4) - startOfA;
    if (load<u32>(b, 4) - startOfB !== length) return false;
    if (!isSame(<usize>(startOfA - shiftOfA), <usize>(startOfB - shiftOfB), length)) return false;
  }
  return true;
}

function isSame(a: usize, b: usize, length: i32): boolean {
  for (; length > 0; a += 16, b += 16, length -= 16) {
    const same = i8x16.bitmask(i8x16.eq(v128.load(a), v128.load(b)));
    const needed = length < 16 ? (1 << length) - 1 : 0xffff;
    if ((same & needed) !== needed) return false;
  }
  return true;
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
        if (decoding && depth < DEPTHS) openObject(depth);
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
        numbers++;
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

/** Behind the digits at `at`. */
function digitsEnd(at: usize): usize {
  while (true) {
    const values = i8x16.sub(v128.load(at), i8x16.splat(0x30));
    const others = i8x16.bitmask(i8x16.gt_u(values, i8x16.splat(9)));
    if (others !== 0) return at + ctz(others);
    at += 16;
  }
}

/** Behind the number at `at`; 0 for a fault. */
function numberEnd(at: usize, byte: u32): usize {
  if (byte === MINUS) {
    at++;
    byte = load<u8>(at);
    if (byte - ZERO > 9) return 0;
  }
  at = byte === ZERO ? at + 1 : digitsEnd(at);
  byte = load<u8>(at);
  if (byte === DOT) {
    const fraction = at + 1;
    at = digitsEnd(fraction);
    if (at === fraction) return 0;
    byte = load<u8>(at);
  }
  if ((byte | 0x20) === LETTER_E) {
    at++;
    byte = load<u8>(at);
    if (byte === MINUS || byte === 0x2b) at++;
    const exponent = at;
    at = digitsEnd(exponent);
    if (at === exponent) return 0;
  }
  return at;
}

/** Behind `true`, `false` or `null` at `at`; 0 for anything else. */
function wordEnd(at: usize): usize {
  const word = load<u32>(at);
  if (word === 0x65757274 || word === 0x6c6c756e) return at + 4;
  return word === 0x736c6166 && <u32>load<u8>(at, 4) === LETTER_E ? at + 5 : 0;
}

/** Whether the double of the number from `start` to `end` certainly prints in the same way. */
function printsBack(start: usize, end: usize): boolean {
  const integer = start + (load<u8>(start) === MINUS ? 1 : 0);
  const leading = <u32>load<u8>(integer);
  const dot = digitsEnd(integer);
  if (dot === end) return end - integer <= EXACT_DIGITS && (leading !== ZERO || integer === start);
  if (<u32>load<u8>(dot) !== DOT || <u32>load<u8>(end - 1) === ZERO || digitsEnd(dot + 1) !== end) return false;
  if (leading !== ZERO) return end - integer - 1 <= EXACT_DIGITS;
  let first = dot + 1;
  while (<u32>load<u8>(first) === ZERO) first++;
  return first - dot - 1 <= MOST_LEADING_ZEROS && end - first <= EXACT_DIGITS;
}

/** Returns what is to be added to the bits of the text. */
function noteNumber(start: usize, end: usize): i32 {
  if (noted === MOST_NUMBERS) return JSON_INEXACT;
  const entry = NUMBERS + 12 * <usize>noted;
  noted++;
  store<i32>(entry, numbers);
  store<u32>(entry, <u32>start, 4);
  store<u32>(entry, <u32>end, 8);
  return 0;
}

function openObject(depth: usize): void {
  objects++;
  if (objects === 0) {
    // Four billion objects later, their numbers are taken again.
    memory.fill(KEYS, 0, 49152);
    objects = 1;
  }
  store<u32>(OBJECTS + 8 * depth, objects);
  store<u32>(OBJECTS + 8 * depth, 0, 4);
}

/** Adds a key to the object that is open at a depth. Whether it is repeated or like an index; it may say so without need. */
function isDisplaced(start: usize, length: usize, depth: usize): boolean {
  if (depth >= DEPTHS) return true;
  const first = <u32>load<u8>(start);
  if (first - ZERO <= 9 && length <= 10 && digitsEnd(start) === start + length) return true;
  const size = load<u32>(OBJECTS + 8 * depth, 4);
  if (size >= MOST_KEYS) return true;
  store<u32>(OBJECTS + 8 * depth, size + 1, 4);
  const object = load<u32>(OBJECTS + 8 * depth);
  const table = KEYS + 12 * SLOTS * depth;
  const hash =
    <u32>length * 31 + first * 7 + <u32>load<u8>(start + length - 1) * 13 + <u32>load<u8>(start + (length >> 1));
  let slot = <usize>hash & (SLOTS - 1);
  while (true) {
    const entry = table + 12 * slot;
    if (load<u32>(entry) !== object) {
      store<u32>(entry, object);
      store<u32>(entry, <u32>start, 4);
      store<u32>(entry, <u32>length, 8);
      return false;
    }
    if (load<u32>(entry, 8) === <u32>length && isSame(<usize>load<u32>(entry, 4), start, <i32>length)) return true;
    slot = (slot + 1) & (SLOTS - 1);
  }
}
