/*
 * The numbers of texts: where one ends, and which of a text that is to be decoded the platform's parser may not read exactly.
 */

export const JSON_INEXACT: i32 = 2;

export const ZERO: u32 = 0x30;
const MINUS: u32 = 0x2d;
const DOT: u32 = 0x2e;
const LETTER_E: u32 = 0x65;

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

/** A text that is to be decoded begins. */
export function beginNumbers(): void {
  numbers = 0;
  noted = 0;
}

/** One of its numbers has been passed. */
export function passNumber(): void {
  numbers++;
}

/** How many of its numbers have been noted. */
export function countNoted(): i32 {
  return noted;
}

/** Behind the digits at `at`. */
export function digitsEnd(at: usize): usize {
  while (true) {
    const values = i8x16.sub(v128.load(at), i8x16.splat(0x30));
    const others = i8x16.bitmask(i8x16.gt_u(values, i8x16.splat(9)));
    if (others !== 0) return at + ctz(others);
    at += 16;
  }
}

/** Behind the number at `at`; 0 for a fault. */
export function numberEnd(at: usize, byte: u32): usize {
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

/** Whether the double of the number from `start` to `end` certainly prints in the same way. */
export function printsBack(start: usize, end: usize): boolean {
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

/** Notes the number that is passed next. Returns what is to be added to the bits of the text. */
export function noteNumber(start: usize, end: usize): i32 {
  if (noted === MOST_NUMBERS) return JSON_INEXACT;
  const entry = NUMBERS + 12 * <usize>noted;
  noted++;
  store<i32>(entry, numbers);
  store<u32>(entry, <u32>start, 4);
  store<u32>(entry, <u32>end, 8);
  return 0;
}
