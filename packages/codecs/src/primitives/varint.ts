import type { OutputBuffer } from "@iggy-connectors/sdk";

const MAX_BYTES = 10;
const LOW_BITS = 0xffff_ffffn;

/** A non-negative integer below 2³², seven bits a byte, the lowest first. */
export function writeVarint(output: OutputBuffer, value: number): void {
  output.reserve(MAX_BYTES);
  writeRest(output, value);
}

/** A non-negative integer below 2⁶⁴, written likewise. */
export function writeVarint64(output: OutputBuffer, value: bigint): void {
  output.reserve(MAX_BYTES);
  let rest = value;
  while (rest > LOW_BITS) {
    output.bytes[output.position++] = Number(rest & 0x7fn) | 0x80;
    rest >>= 7n;
  }
  writeRest(output, Number(rest));
}

/** Where the room is already reserved. */
function writeRest(output: OutputBuffer, value: number): void {
  let rest = value;
  while (rest > 0x7f) {
    output.bytes[output.position++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  output.bytes[output.position++] = rest;
}
