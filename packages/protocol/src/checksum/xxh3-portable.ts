import { XXH3_SECRET } from "./secret.ts";
import type { Xxh3Engine } from "./xxh3-engine.ts";

/*
 * XXH3, 64 bit, seed 0, default secret, in 32-bit limbs: JavaScript has no 64-bit integers that do not allocate.
 * The algorithm is the public xxHash specification; the four input classes are the functions below.
 */

const P32_1 = 0x9e3779b1;
const P32_2 = 0x85ebca77;
const P32_3 = 0xc2b2ae3d;

/** High and low halves of the 64-bit constants. */
const P64_1_HIGH = 0x9e3779b1;
const P64_1_LOW = 0x85ebca87;
const P64_2_HIGH = 0xc2b2ae3d;
const P64_2_LOW = 0x27d4eb4f;
const P64_3_HIGH = 0x165667b1;
const P64_3_LOW = 0x9e3779f9;
const P64_4_HIGH = 0x85ebca77;
const P64_4_LOW = 0xc2b2ae63;
const P64_5_HIGH = 0x27d4eb2f;
const P64_5_LOW = 0x165667c5;
const AVALANCHE_HIGH = 0x16566791;
const AVALANCHE_LOW = 0x9e3779f9;
const SHORT_HIGH = 0x9fb21c65;
const SHORT_LOW = 0x1e98df25;

const STRIPE = 64;
const BLOCK = 1024;
const MIX_MAX = 240;
const TWO_POW_MINUS_32 = 2 ** -32;

/** The secret's 32-bit word at every byte offset. */
const SECRET_VIEW = new DataView(XXH3_SECRET.buffer, XXH3_SECRET.byteOffset, XXH3_SECRET.byteLength);
const SECRET = Int32Array.from({ length: XXH3_SECRET.length - 3 }, (_, at) => SECRET_VIEW.getInt32(at, true));

/** The 64-bit value that the steps below work on and return. */
let low = 0;
let high = 0;

/** XXH3 in TypeScript, for where WebAssembly is not available. */
export const portableEngine: Xxh3Engine = {
  hash(bytes) {
    setHash(viewOf(bytes), 0, bytes.length);
    return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
  },

  hashRanges(bytes, bounds, count, skip, into, at) {
    const view = viewOf(bytes);
    const target = viewOf(into);
    for (let i = 0; i < count; i++) {
      setHash(view, bounds[i]! + skip, bounds[i + 1]!);
      target.setInt32(at + 8 * i, low, true);
      target.setInt32(at + 8 * i + 4, high, true);
    }
  },
};

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Sets the value to the hash of `view[start, end)`. */
function setHash(view: DataView, start: number, end: number): void {
  const length = end - start;
  if (length > MIX_MAX) hashLong(view, start, length);
  else if (length > 128) hash129to240(view, start, length);
  else if (length > 16) hash17to128(view, start, length);
  else hash0to16(view, start, length);
}

/**
 * High word of a 64-bit product. The double product is off by at most 2¹¹, far less than the 2³² that one step weighs.
 */
function productHigh(a: number, b: number, productLow: number): number {
  return ((a * b - productLow) * TWO_POW_MINUS_32 + 0.5) >>> 0;
}

/** Sets the value to the low XOR the high half of the 128-bit product a·b. */
function fold(aHigh: number, aLow: number, bHigh: number, bLow: number): void {
  const a1 = aHigh >>> 0;
  const a0 = aLow >>> 0;
  const b1 = bHigh >>> 0;
  const b0 = bLow >>> 0;
  const low00 = Math.imul(a0, b0) >>> 0;
  const low01 = Math.imul(a0, b1) >>> 0;
  const low10 = Math.imul(a1, b0) >>> 0;
  const low11 = Math.imul(a1, b1) >>> 0;
  const middle = productHigh(a0, b0, low00) + low01 + low10;
  const carry = (middle * TWO_POW_MINUS_32) | 0;
  const upper = productHigh(a0, b1, low01) + productHigh(a1, b0, low10) + low11 + carry;
  const top = productHigh(a1, b1, low11) + ((upper * TWO_POW_MINUS_32) | 0);
  low = low00 ^ (upper | 0);
  high = (middle | 0) ^ (top | 0);
}

function add(addHigh: number, addLow: number): void {
  const sum = (low >>> 0) + (addLow >>> 0);
  low = sum | 0;
  high = (high + addHigh + (sum > 0xffff_ffff ? 1 : 0)) | 0;
}

function multiply(byHigh: number, byLow: number): void {
  const a0 = low >>> 0;
  const b0 = byLow >>> 0;
  const low00 = Math.imul(a0, b0) >>> 0;
  high = (productHigh(a0, b0, low00) + Math.imul(a0, byHigh) + Math.imul(high, b0)) | 0;
  low = low00 | 0;
}

/** value ^= value >> bits, for 1 … 31 bits. */
function xorShift(bits: number): void {
  low ^= (low >>> bits) | (high << (32 - bits));
  high ^= high >>> bits;
}

function avalanche(): void {
  low ^= high >>> 5;
  multiply(AVALANCHE_HIGH, AVALANCHE_LOW);
  low ^= high;
}

function avalanche64(): void {
  low ^= high >>> 1;
  multiply(P64_2_HIGH, P64_2_LOW);
  xorShift(29);
  multiply(P64_3_HIGH, P64_3_LOW);
  low ^= high;
}

/** Sets the value to fold of 16 input bytes, each half mixed with the secret at `key`. */
function mix(view: DataView, at: number, key: number): void {
  fold(
    view.getInt32(at + 4, true) ^ SECRET[key + 4]!,
    view.getInt32(at, true) ^ SECRET[key]!,
    view.getInt32(at + 12, true) ^ SECRET[key + 12]!,
    view.getInt32(at + 8, true) ^ SECRET[key + 8]!,
  );
}

function hash0to16(view: DataView, start: number, length: number): void {
  if (length > 8) {
    const aHigh = view.getInt32(start + 4, true) ^ SECRET[28]! ^ SECRET[36]!;
    const aLow = view.getInt32(start, true) ^ SECRET[24]! ^ SECRET[32]!;
    const bHigh = view.getInt32(start + length - 4, true) ^ SECRET[44]! ^ SECRET[52]!;
    const bLow = view.getInt32(start + length - 8, true) ^ SECRET[40]! ^ SECRET[48]!;
    fold(aHigh, aLow, bHigh, bLow);
    add(swapBytes(aLow), swapBytes(aHigh));
    add(bHigh, bLow);
    add(0, length);
    avalanche();
  } else if (length >= 4) {
    const last = view.getInt32(start + length - 4, true);
    low = last ^ SECRET[8]! ^ SECRET[16]!;
    high = view.getInt32(start, true) ^ SECRET[12]! ^ SECRET[20]!;
    const lowCopy = low;
    const highCopy = high;
    // rotl 49 and rotl 24 of the value, XORed into it.
    low ^= (highCopy << 17) | (lowCopy >>> 15);
    high ^= (lowCopy << 17) | (highCopy >>> 15);
    low ^= (lowCopy << 24) | (highCopy >>> 8);
    high ^= (highCopy << 24) | (lowCopy >>> 8);
    multiply(SHORT_HIGH, SHORT_LOW);
    low ^= (high >>> 3) + length;
    multiply(SHORT_HIGH, SHORT_LOW);
    xorShift(28);
  } else if (length > 0) {
    const first = view.getUint8(start);
    const middle = view.getUint8(start + (length >> 1));
    const last = view.getUint8(start + length - 1);
    low = ((first << 16) | (middle << 24) | last | (length << 8)) ^ SECRET[0]! ^ SECRET[4]!;
    high = 0;
    avalanche64();
  } else {
    low = SECRET[56]! ^ SECRET[64]!;
    high = SECRET[60]! ^ SECRET[68]!;
    avalanche64();
  }
}

function hash17to128(view: DataView, start: number, length: number): void {
  low = length;
  high = 0;
  multiply(P64_1_HIGH, P64_1_LOW);
  let sumLow = low;
  let sumHigh = high;
  const end = start + length;
  for (let i = (length - 1) >> 5; i >= 0; i--) {
    mix(view, start + 16 * i, 32 * i);
    add(sumHigh, sumLow);
    sumLow = low;
    sumHigh = high;
    mix(view, end - 16 - 16 * i, 32 * i + 16);
    add(sumHigh, sumLow);
    sumLow = low;
    sumHigh = high;
  }
  avalanche();
}

function hash129to240(view: DataView, start: number, length: number): void {
  low = length;
  high = 0;
  multiply(P64_1_HIGH, P64_1_LOW);
  let sumLow = low;
  let sumHigh = high;
  const rounds = length >> 4;
  for (let i = 0; i < rounds; i++) {
    mix(view, start + 16 * i, i < 8 ? 16 * i : 16 * (i - 8) + 3);
    add(sumHigh, sumLow);
    if (i === 7) avalanche();
    sumLow = low;
    sumHigh = high;
  }
  mix(view, start + length - 16, 119);
  add(sumHigh, sumLow);
  avalanche();
}

/** Eight 64-bit accumulators: low word, high word. */
const INITIAL = Int32Array.of(
  P32_3,
  0,
  P64_1_LOW,
  P64_1_HIGH,
  P64_2_LOW,
  P64_2_HIGH,
  P64_3_LOW,
  P64_3_HIGH,
  P64_4_LOW,
  P64_4_HIGH,
  P32_2,
  0,
  P64_5_LOW,
  P64_5_HIGH,
  P32_1,
  0,
);
const lanes = new Int32Array(16);

function hashLong(view: DataView, start: number, length: number): void {
  lanes.set(INITIAL);
  const blocks = Math.floor((length - 1) / BLOCK);
  for (let block = 0; block < blocks; block++) {
    const at = start + block * BLOCK;
    for (let stripe = 0; stripe < BLOCK / STRIPE; stripe++) accumulate(view, at + stripe * STRIPE, stripe * 8);
    scramble();
  }
  const tail = start + blocks * BLOCK;
  const stripes = Math.floor((length - 1 - blocks * BLOCK) / STRIPE);
  for (let stripe = 0; stripe < stripes; stripe++) accumulate(view, tail + stripe * STRIPE, stripe * 8);
  accumulate(view, start + length - STRIPE, 121);
  merge(length);
}

function accumulate(view: DataView, at: number, key: number): void {
  for (let i = 0; i < 16; i += 2) {
    const valueLow = view.getInt32(at + 4 * i, true);
    const valueHigh = view.getInt32(at + 4 * i + 4, true);
    const a = (valueLow ^ SECRET[key + 4 * i]!) >>> 0;
    const b = (valueHigh ^ SECRET[key + 4 * i + 4]!) >>> 0;
    const neighbour = i ^ 2;
    const neighbourSum = (lanes[neighbour]! >>> 0) + (valueLow >>> 0);
    lanes[neighbour] = neighbourSum;
    lanes[neighbour + 1] = lanes[neighbour + 1]! + valueHigh + (neighbourSum > 0xffff_ffff ? 1 : 0);
    const productLow = Math.imul(a, b) >>> 0;
    const sum = (lanes[i]! >>> 0) + productLow;
    lanes[i] = sum;
    lanes[i + 1] = lanes[i + 1]! + productHigh(a, b, productLow) + (sum > 0xffff_ffff ? 1 : 0);
  }
}

function scramble(): void {
  for (let i = 0; i < 16; i += 2) {
    low = lanes[i]!;
    high = lanes[i + 1]!;
    low ^= high >>> 15;
    low ^= SECRET[128 + 4 * i]!;
    high ^= SECRET[132 + 4 * i]!;
    multiply(0, P32_1);
    lanes[i] = low;
    lanes[i + 1] = high;
  }
}

function merge(length: number): void {
  low = length;
  high = 0;
  multiply(P64_1_HIGH, P64_1_LOW);
  for (let i = 0; i < 16; i += 4) {
    const sumLow = low;
    const sumHigh = high;
    const key = 11 + 4 * i;
    fold(
      lanes[i + 1]! ^ SECRET[key + 4]!,
      lanes[i]! ^ SECRET[key]!,
      lanes[i + 3]! ^ SECRET[key + 12]!,
      lanes[i + 2]! ^ SECRET[key + 8]!,
    );
    add(sumHigh, sumLow);
  }
  avalanche();
}

function swapBytes(word: number): number {
  return ((word & 0xff) << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24);
}
