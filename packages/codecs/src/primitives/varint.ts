import type { OutputBuffer } from "@iggy-connectors/sdk";

/** Seven bits a byte, the lowest first; the high bit says that another byte follows. */
const MAX_BYTES = 10;
const MAX_UINT32 = 0xffff_ffff;
const LOW_BITS = BigInt(MAX_UINT32);

/** What `readVarint` returns instead of a position. */
export const VarintFault = { cut: -1, tooLong: -2, tooLarge: -3 } as const;

export const VARINT_FAULTS: Readonly<Record<number, string>> = {
  [VarintFault.cut]: "it ends in the middle of a number",
  [VarintFault.tooLong]: `a number has more than ${MAX_BYTES} bytes`,
  [VarintFault.tooLarge]: "a number has more than 64 bits",
};

/** The two unsigned halves of a 64-bit integer. */
export interface Halves {
  low: number;
  high: number;
}

/**
 * Reads the varint at `bytes[at]`, which lies before `end`, into `into`. Returns the position behind it, or a `VarintFault`. Allocates
 * nothing.
 */
export function readVarint(bytes: Uint8Array, start: number, end: number, into: Halves): number {
  let at = start;
  let byte = bytes[at++]!;
  let low = byte & 0x7f;
  let high = 0;
  for (let index = 1; byte >= 0x80; index++) {
    if (at >= end) return VarintFault.cut;
    if (index === MAX_BYTES) return VarintFault.tooLong;
    byte = bytes[at++]!;
    const bits = byte & 0x7f;
    const shift = index * 7;
    if (shift < 28) low |= bits << shift;
    else if (shift === 28) {
      low |= bits << 28;
      high = bits >>> 4;
    } else high |= bits << (shift - 32);
    if (index === MAX_BYTES - 1 && bits > 1) return VarintFault.tooLarge;
  }
  into.low = low >>> 0;
  into.high = high >>> 0;
  return at;
}

/** Writes a non-negative integer below 2³². */
export function writeVarint(output: OutputBuffer, value: number): void {
  output.reserve(MAX_BYTES);
  writeRest(output, value);
}

/** Writes a non-negative integer that a double holds exactly. */
export function writeVarintSafe(output: OutputBuffer, value: number): void {
  output.reserve(MAX_BYTES);
  let rest = value;
  while (rest > MAX_UINT32) {
    output.bytes[output.position++] = (rest & 0x7f) | 0x80;
    rest = Math.floor(rest / 0x80);
  }
  writeRest(output, rest);
}

/** Writes a non-negative integer below 2⁶⁴. */
export function writeVarint64(output: OutputBuffer, value: bigint): void {
  output.reserve(MAX_BYTES);
  let rest = value;
  while (rest > LOW_BITS) {
    output.bytes[output.position++] = Number(rest & 0x7fn) | 0x80;
    rest >>= 7n;
  }
  writeRest(output, Number(rest));
}

/** The space is already reserved. */
function writeRest(output: OutputBuffer, value: number): void {
  let rest = value;
  while (rest > 0x7f) {
    output.bytes[output.position++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  output.bytes[output.position++] = rest;
}
