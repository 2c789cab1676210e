import { asBuffer } from "../primitives/reader.ts";

const P1 = 0x9e3779b1;
const P2 = 0x85ebca77;
const P3 = 0xc2b2ae3d;
const P4 = 0x27d4eb2f;
const P5 = 0x165667b1;

/** XXH32 with seed 0, the hash that partition keys and named consumers use, as an unsigned number. */
export function xxh32(bytes: Uint8Array): number {
  const input = asBuffer(bytes);
  const length = input.length;
  let at = 0;
  let hash: number;
  if (length >= 16) {
    let a = (P1 + P2) | 0;
    let b = P2 | 0;
    let c = 0;
    let d = -P1 | 0;
    for (; at <= length - 16; at += 16) {
      a = round(a, input.readInt32LE(at));
      b = round(b, input.readInt32LE(at + 4));
      c = round(c, input.readInt32LE(at + 8));
      d = round(d, input.readInt32LE(at + 12));
    }
    hash = (rotateLeft(a, 1) + rotateLeft(b, 7) + rotateLeft(c, 12) + rotateLeft(d, 18)) | 0;
  } else {
    hash = P5;
  }
  hash = (hash + length) | 0;
  for (; at <= length - 4; at += 4) {
    hash = Math.imul(rotateLeft((hash + Math.imul(input.readInt32LE(at), P3)) | 0, 17), P4);
  }
  for (; at < length; at++) {
    hash = Math.imul(rotateLeft((hash + Math.imul(input[at]!, P5)) | 0, 11), P1);
  }
  hash = Math.imul(hash ^ (hash >>> 15), P2);
  hash = Math.imul(hash ^ (hash >>> 13), P3);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function round(lane: number, word: number): number {
  return Math.imul(rotateLeft((lane + Math.imul(word, P2)) | 0, 13), P1);
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
