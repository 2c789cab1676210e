// biome-ignore-all lint/correctness/noPrecisionLoss: these are 64-bit integers where this is compiled.

/*
 * XXH3, 64 bit, seed 0, default secret, in AssemblyScript: TypeScript's syntax with the integers and vectors of
 * WebAssembly. The algorithm is the public xxHash specification; each input class is a function below.
 * Reads are little-endian and need no alignment.
 */

const P32_1: u64 = 0x9e3779b1;
const P32_2: u64 = 0x85ebca77;
const P32_3: u64 = 0xc2b2ae3d;
const P64_1: u64 = 0x9e3779b185ebca87;
const P64_2: u64 = 0xc2b2ae3d27d4eb4f;
const P64_3: u64 = 0x165667b19e3779f9;
const P64_4: u64 = 0x85ebca77c2b2ae63;
const P64_5: u64 = 0x27d4eb2f165667c5;
const AVALANCHE: u64 = 0x165667919e3779f9;
const SHORT: u64 = 0x9fb21c651e98df25;

const STRIPE: usize = 64;
const BLOCK: usize = 1024;

/** The default secret, 192 bytes as little-endian words. */
const SECRET = memory.data<u64>([
  0xbe4ba423396cfeb8, 0x1cad21f72c81017c, 0xdb979083e96dd4de, 0x1f67b3b7a4a44072, 0x78e5c0cc4ee679cb,
  0x2172ffcc7dd05a82, 0x8e2443f7744608b8, 0x4c263a81e69035e0, 0xcb00c391bb52283c, 0xa32e531b8b65d088,
  0x4ef90da297486471, 0xd8acdea946ef1938, 0x3f349ce33f76faa8, 0x1d4f0bc7c7bbdcf9, 0x3159b4cd4be0518a,
  0x647378d9c97e9fc8, 0xc3ebd33483acc5ea, 0xeb6313faffa081c5, 0x49daf0b751dd0d17, 0x9e68d429265516d3,
  0xfca1477d58be162b, 0xce31d07ad1b8f88f, 0x280416958f3acb45, 0x7e404bbbcafbd7af,
]);

/** The eight accumulators of a long input between `begin`, `consume` and `finish`. */
const LANES = memory.data(64, 16);

/** The first address that callers may use. */
export const heap: usize = __heap_base;

/** Hash of `length` bytes at `at`. */
export function hash(at: usize, length: usize): u64 {
  if (length > 240) {
    begin();
    return finish(at, length, length);
  }
  if (length > 128) return hash129to240(at, length);
  if (length > 16) return hash17to128(at, length);
  return hash0to16(at, length);
}

/**
 * Hashes `count` ranges: range i is [bounds[i] + skip, bounds[i + 1]) after `base`. Bounds are 32-bit words at
 * `bounds`; the hashes are written to `into`, 8 bytes each.
 */
export function hashRanges(base: usize, bounds: usize, count: usize, skip: usize, into: usize): void {
  for (const end = into + 8 * count; into < end; into += 8, bounds += 4) {
    const start = <usize>load<u32>(bounds) + skip;
    store<u64>(into, hash(base + start, <usize>load<u32>(bounds, 4) - start));
  }
}

/** Starts an input of more than 240 bytes that comes in pieces: any number to `consume`, then the rest to `finish`. */
export function begin(): void {
  store<u64>(LANES, P32_3, 0);
  store<u64>(LANES, P64_1, 8);
  store<u64>(LANES, P64_2, 16);
  store<u64>(LANES, P64_3, 24);
  store<u64>(LANES, P64_4, 32);
  store<u64>(LANES, P32_2, 40);
  store<u64>(LANES, P64_5, 48);
  store<u64>(LANES, P32_1, 56);
}

/** Takes `length` bytes, a multiple of 1024. At least one byte must follow them. */
export function consume(at: usize, length: usize): void {
  for (const end = at + length; at < end; at += BLOCK) {
    takeStripes(at, BLOCK / STRIPE);
    scramble();
  }
}

/**
 * Takes the last `length` bytes, at least one, and gives the hash of all `total` bytes. Where fewer than 64 are left,
 * the bytes taken before them must still lie before them: the last stripe reads them again.
 */
export function finish(at: usize, length: usize, total: usize): u64 {
  const end = at + length;
  const blocks = (length - 1) & ~(BLOCK - 1);
  consume(at, blocks);
  takeStripes(at + blocks, (length - 1 - blocks) / STRIPE);
  takeStripe(end - STRIPE, SECRET + 121);
  const merged =
    fold(load<u64>(LANES, 0) ^ load<u64>(SECRET, 11), load<u64>(LANES, 8) ^ load<u64>(SECRET, 19)) +
    fold(load<u64>(LANES, 16) ^ load<u64>(SECRET, 27), load<u64>(LANES, 24) ^ load<u64>(SECRET, 35)) +
    fold(load<u64>(LANES, 32) ^ load<u64>(SECRET, 43), load<u64>(LANES, 40) ^ load<u64>(SECRET, 51)) +
    fold(load<u64>(LANES, 48) ^ load<u64>(SECRET, 59), load<u64>(LANES, 56) ^ load<u64>(SECRET, 67));
  return avalanche(<u64>total * P64_1 + merged);
}

/** Takes so many stripes; the secret moves by 8 bytes with each. */
function takeStripes(at: usize, stripes: usize): void {
  let a = v128.load(LANES, 0);
  let b = v128.load(LANES, 16);
  let c = v128.load(LANES, 32);
  let d = v128.load(LANES, 48);
  for (let key = SECRET, end = key + 8 * stripes; key < end; key += 8, at += STRIPE) {
    a = mixed(a, v128.load(at, 0), v128.load(key, 0));
    b = mixed(b, v128.load(at, 16), v128.load(key, 16));
    c = mixed(c, v128.load(at, 32), v128.load(key, 32));
    d = mixed(d, v128.load(at, 48), v128.load(key, 48));
  }
  v128.store(LANES, a, 0);
  v128.store(LANES, b, 16);
  v128.store(LANES, c, 32);
  v128.store(LANES, d, 48);
}

function takeStripe(at: usize, key: usize): void {
  for (let i: usize = 0; i < STRIPE; i += 16) {
    v128.store(LANES + i, mixed(v128.load(LANES + i), v128.load(at + i), v128.load(key + i)));
  }
}

/** Two lanes after two words of input: each gets the other's word and the product of the halves of its own, keyed. */
function mixed(lanes: v128, words: v128, secret: v128): v128 {
  const keyed = v128.xor(words, secret);
  const product = i64x2.extmul_low_i32x4_u(
    i8x16.shuffle(keyed, keyed, 0, 1, 2, 3, 8, 9, 10, 11, 0, 1, 2, 3, 8, 9, 10, 11),
    i8x16.shuffle(keyed, keyed, 4, 5, 6, 7, 12, 13, 14, 15, 4, 5, 6, 7, 12, 13, 14, 15),
  );
  const swapped = i8x16.shuffle(words, words, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);
  return i64x2.add(lanes, i64x2.add(product, swapped));
}

function scramble(): void {
  for (let i: usize = 0; i < STRIPE; i += 8) {
    const lane = load<u64>(LANES + i);
    store<u64>(LANES + i, (lane ^ (lane >> 47) ^ load<u64>(SECRET + i, 128)) * P32_1);
  }
}

function hash129to240(at: usize, length: usize): u64 {
  let sums = i64x2.splat(0);
  for (let i: usize = 0; i < 128; i += 32) sums = i64x2.add(sums, mixTwo(at + i, SECRET + i));
  const sum = avalanche(length * P64_1 + sumOf(sums));
  const last = keyed(at + length - 16, SECRET + 119);
  const rest = (length & ~15) - 128;
  let key = SECRET + 3;
  sums = i64x2.splat(0);
  at += 128;
  for (const end = key + (rest & ~31); key < end; key += 32, at += 32) sums = i64x2.add(sums, mixTwo(at, key));
  sums = i64x2.add(sums, foldTwo((rest & 16) !== 0 ? keyed(at, key) : i64x2.splat(0), last));
  return avalanche(sum + sumOf(sums));
}

function hash17to128(at: usize, length: usize): u64 {
  let sums = i64x2.splat(0);
  const end = at + length - 16;
  for (let i = (<isize>((length - 1) >> 5)) << 4; i >= 0; i -= 16) {
    sums = i64x2.add(sums, foldTwo(keyed(at + i, SECRET + 2 * i), keyed(end - i, SECRET + 2 * i + 16)));
  }
  return avalanche(length * P64_1 + sumOf(sums));
}

function hash0to16(at: usize, length: usize): u64 {
  if (length > 8) {
    const low = load<u64>(at) ^ load<u64>(SECRET, 24) ^ load<u64>(SECRET, 32);
    const high = load<u64>(at + length - 8) ^ load<u64>(SECRET, 40) ^ load<u64>(SECRET, 48);
    return avalanche(length + bswap<u64>(low) + high + fold(low, high));
  }
  if (length >= 4) {
    const word = <u64>load<u32>(at + length - 4) + ((<u64>load<u32>(at)) << 32);
    const keyed = word ^ load<u64>(SECRET, 8) ^ load<u64>(SECRET, 16);
    let value = (keyed ^ rotl<u64>(keyed, 49) ^ rotl<u64>(keyed, 24)) * SHORT;
    value ^= (value >> 35) + length;
    value *= SHORT;
    return value ^ (value >> 28);
  }
  if (length > 0) {
    const first = (<u32>load<u8>(at)) << 16;
    const middle = (<u32>load<u8>(at + (length >> 1))) << 24;
    const last = <u32>load<u8>(at + length - 1);
    return avalanche64((first | middle | last | ((<u32>length) << 8)) ^ load<u32>(SECRET, 0) ^ load<u32>(SECRET, 4));
  }
  return avalanche64(load<u64>(SECRET, 56) ^ load<u64>(SECRET, 64));
}

/** 16 input bytes with the secret at `key`. */
function keyed(at: usize, key: usize): v128 {
  return v128.xor(v128.load(at), v128.load(key));
}

/** Folds 16 input bytes, each half mixed with the secret at `key`, and the 16 bytes behind them. */
function mixTwo(at: usize, key: usize): v128 {
  return foldTwo(keyed(at, key), v128.xor(v128.load(at, 16), v128.load(key, 16)));
}

/** `fold` of the two halves of `one`, and of those of `other`: the four products of each are computed side by side. */
function foldTwo(one: v128, other: v128): v128 {
  /** Low words of the left factors, then their high words; the same of the right ones, and those exchanged. */
  const left = i8x16.shuffle(one, other, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
  const right = i8x16.shuffle(one, other, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
  const exchanged = i8x16.shuffle(right, right, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);
  const words = i64x2.splat(0xffffffff);
  const low = i64x2.extmul_low_i32x4_u(left, right);
  const middle = i64x2.add(i64x2.extmul_high_i32x4_u(left, exchanged), i64x2.shr_u(low, 32));
  const cross = i64x2.add(i64x2.extmul_low_i32x4_u(left, exchanged), v128.and(middle, words));
  const high = i64x2.add(i64x2.extmul_high_i32x4_u(left, right), i64x2.shr_u(middle, 32));
  return v128.xor(v128.or(i64x2.shl(cross, 32), v128.and(low, words)), i64x2.add(high, i64x2.shr_u(cross, 32)));
}

function sumOf(lanes: v128): u64 {
  return <u64>i64x2.extract_lane(lanes, 0) + <u64>i64x2.extract_lane(lanes, 1);
}

/** The low XOR the high half of the 128-bit product of two 64-bit numbers, from four 32-bit products. */
function fold(a: u64, b: u64): u64 {
  const a0 = a & 0xffffffff;
  const a1 = a >> 32;
  const b0 = b & 0xffffffff;
  const b1 = b >> 32;
  const middle = a1 * b0 + ((a0 * b0) >> 32);
  const cross = a0 * b1 + (middle & 0xffffffff);
  return (a * b) ^ (a1 * b1 + (middle >> 32) + (cross >> 32));
}

function avalanche(value: u64): u64 {
  value = (value ^ (value >> 37)) * AVALANCHE;
  return value ^ (value >> 32);
}

function avalanche64(value: u64): u64 {
  value = (value ^ (value >> 33)) * P64_2;
  value = (value ^ (value >> 29)) * P64_3;
  return value ^ (value >> 32);
}
