import { fail, JsonFault } from "./json-fault.ts";

const BACKSLASH = 0x5c;
const LETTER_U = 0x75;

/** The bytes that may follow a backslash, except `u`. */
const SIMPLE_ESCAPES = new Uint8Array(256);
for (const character of '"\\/bfnrt') SIMPLE_ESCAPES[character.charCodeAt(0)] = 1;

/** Value of a hexadecimal digit; 255 for other bytes. */
const HEX_VALUES = new Uint8Array(256).fill(255);
for (let digit = 0; digit < 16; digit++) {
  HEX_VALUES[digit.toString(16).charCodeAt(0)] = digit;
  HEX_VALUES[digit.toString(16).toUpperCase().charCodeAt(0)] = digit;
}

/** From a backslash to after its escape; a surrogate pair counts as one. Negative for a fault. */
export function scanEscape(bytes: Uint8Array, at: number, end: number): number {
  if (at + 1 >= end) return fail(end, end, JsonFault.escape);
  const letter = bytes[at + 1]!;
  if (SIMPLE_ESCAPES[letter] === 1) return at + 2;
  if (letter !== LETTER_U) return fail(at, end, JsonFault.escape);
  const unit = hexUnit(bytes, at + 2, end);
  if (unit < 0) return fail(at, end, JsonFault.escape);
  if (unit < 0xd800 || unit > 0xdfff) return at + 6;
  if (unit >= 0xdc00 || at + 7 >= end || bytes[at + 6] !== BACKSLASH || bytes[at + 7] !== LETTER_U) {
    return fail(at, end, JsonFault.surrogate);
  }
  const low = hexUnit(bytes, at + 8, end);
  return low >= 0xdc00 && low <= 0xdfff ? at + 12 : fail(at, end, JsonFault.surrogate);
}

function hexUnit(bytes: Uint8Array, at: number, end: number): number {
  if (at + 4 > end) return -1;
  const first = HEX_VALUES[bytes[at]!]!;
  const second = HEX_VALUES[bytes[at + 1]!]!;
  const third = HEX_VALUES[bytes[at + 2]!]!;
  const fourth = HEX_VALUES[bytes[at + 3]!]!;
  if ((first | second | third | fourth) > 15) return -1;
  return (first << 12) | (second << 8) | (third << 4) | fourth;
}

/** From the first byte of a character beyond ASCII to after it (RFC 3629: shortest form, no surrogates); negative for a fault. */
export function scanUtf8(bytes: Uint8Array, at: number, end: number, lead: number): number {
  const length = lead < 0xc2 || lead > 0xf4 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  if (length === 0 || at + length > end) return fail(at, end, JsonFault.utf8);
  const second = bytes[at + 1]!;
  const lowest = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const highest = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  if (second < lowest || second > highest) return fail(at, end, JsonFault.utf8);
  for (let index = 2; index < length; index++) {
    if ((bytes[at + index]! & 0xc0) !== 0x80) return fail(at, end, JsonFault.utf8);
  }
  return at + length;
}
