import { XXH3_SECRET } from "../secret.ts";
import {
  assemble,
  type Code,
  call,
  choose,
  extend,
  get,
  I32,
  I64,
  i32,
  i32Add,
  i32Greater,
  i32Less,
  i32LessSigned,
  i32Mul,
  i32ShiftRight,
  i32Sub,
  i64,
  i64Add,
  i64And,
  i64Mul,
  i64ShiftRight,
  i64Xor,
  loadI32,
  loadI64,
  set,
  storeI64,
  type WasmFunction,
  whileLoop,
} from "./assembler.ts";

/*
 * XXH3, 64 bit, seed 0, for inputs of 17 bytes and more, as WebAssembly: there 64-bit integers cost nothing, which
 * makes it several times faster than any code that JavaScript calls or runs per message.
 * Memory: the secret at 0, then whatever the caller puts from `HEAP` on.
 */
export const HEAP = 256;

/** Memory of a fresh instance, in pages of 64 KiB; the caller grows it. */
export const INITIAL_PAGES = 1;

const P32_1 = 0x9e3779b1n;
const P64_1 = 0x9e3779b185ebca87n;
const LOW_WORD = 0xffff_ffffn;
const INITIAL_LANES = [
  0xc2b2ae3dn,
  P64_1,
  0xc2b2ae3d27d4eb4fn,
  0x165667b19e3779f9n,
  0x85ebca77c2b2ae63n,
  0x85ebca77n,
  0x27d4eb2f165667c5n,
  P32_1,
];
const STRIPE = 64;
const BLOCK = 1024;

/** Indexes of the functions in the module. */
const FOLD = 0;
const MIX = 1;
const AVALANCHE = 2;
const HASH_17_TO_128 = 3;
const HASH_129_TO_240 = 4;
const HASH_LONG = 5;
const HASH = 6;

const sum = (first: Code, ...rest: Code[]): Code => rest.reduce(i64Add, first);
const low = (value: Code): Code => i64And(value, i64(LOW_WORD));
const highWord = (value: Code): Code => i64ShiftRight(value, i64(32n));
const times16 = (value: Code): Code => i32Mul(value, i32(16));
const startValue = (length: Code): Code => i64Mul(extend(length), i64(P64_1));

/** The low XOR the high half of the 128-bit product of two 64-bit numbers, from four 32-bit products. */
function fold(): WasmFunction {
  const [a, b, middle, cross] = [0, 1, 2, 3];
  return {
    name: "fold",
    parameters: [I64, I64],
    result: I64,
    locals: [I64, I64],
    body: [
      set(middle, i64Add(i64Mul(highWord(get(a)), low(get(b))), highWord(i64Mul(low(get(a)), low(get(b)))))),
      set(cross, i64Add(i64Mul(low(get(a)), highWord(get(b))), low(get(middle)))),
      i64Xor(
        i64Mul(get(a), get(b)),
        sum(i64Mul(highWord(get(a)), highWord(get(b))), highWord(get(middle)), highWord(get(cross))),
      ),
    ],
  };
}

/** Folds 16 input bytes, each half mixed with the secret at `key`. */
function mix(): WasmFunction {
  const [at, key] = [get(0), get(1)];
  return {
    name: "mix",
    parameters: [I32, I32],
    result: I64,
    locals: [],
    body: call(FOLD, i64Xor(loadI64(at), loadI64(key)), i64Xor(loadI64(at, 8), loadI64(key, 8))),
  };
}

function avalanche(): WasmFunction {
  const value = 0;
  return {
    name: "avalanche",
    parameters: [I64],
    result: I64,
    locals: [],
    body: [
      set(value, i64Mul(i64Xor(get(value), i64ShiftRight(get(value), i64(37n))), i64(0x165667919e3779f9n))),
      i64Xor(get(value), highWord(get(value))),
    ],
  };
}

function hash17to128(): WasmFunction {
  const [at, length, i, value] = [0, 1, 2, 3];
  const front = call(MIX, i32Add(get(at), times16(get(i))), i32Mul(get(i), i32(32)));
  const back = call(
    MIX,
    i32Sub(i32Sub(i32Add(get(at), get(length)), i32(16)), times16(get(i))),
    i32Add(i32Mul(get(i), i32(32)), i32(16)),
  );
  return {
    name: "hash17to128",
    parameters: [I32, I32],
    result: I64,
    locals: [I32, I64],
    body: [
      set(value, startValue(get(length))),
      set(i, i32ShiftRight(i32Sub(get(length), i32(1)), i32(5))),
      whileLoop(
        i32LessSigned(i32(-1), get(i)),
        set(value, sum(get(value), front, back)),
        set(i, i32Sub(get(i), i32(1))),
      ),
      call(AVALANCHE, get(value)),
    ],
  };
}

function hash129to240(): WasmFunction {
  const [at, length, i, value] = [0, 1, 2, 3];
  const next = set(i, i32Add(get(i), i32(1)));
  const front = i32Add(get(at), times16(get(i)));
  return {
    name: "hash129to240",
    parameters: [I32, I32],
    result: I64,
    locals: [I32, I64],
    body: [
      set(value, startValue(get(length))),
      whileLoop(i32Less(get(i), i32(8)), set(value, i64Add(get(value), call(MIX, front, times16(get(i))))), next),
      set(value, call(AVALANCHE, get(value))),
      whileLoop(
        i32Less(get(i), i32ShiftRight(get(length), i32(4))),
        set(value, i64Add(get(value), call(MIX, front, i32Sub(times16(get(i)), i32(8 * 16 - 3))))),
        next,
      ),
      set(value, i64Add(get(value), call(MIX, i32Sub(i32Add(get(at), get(length)), i32(16)), i32(119)))),
      call(AVALANCHE, get(value)),
    ],
  };
}

function hashLong(): WasmFunction {
  const [at, length, end, blockEnd, position, key, word, keyed, firstLane] = [0, 1, 2, 3, 4, 5, 6, 7, 8];
  const lane = (index: number): number => firstLane + index;
  const lanes = INITIAL_LANES.map((_, index) => index);
  const stripe = (from: Code, secret: Code): Code =>
    lanes.map((index) => [
      set(word, loadI64(from, 8 * index)),
      set(keyed, i64Xor(get(word), loadI64(secret, 8 * index))),
      set(lane(index ^ 1), i64Add(get(lane(index ^ 1)), get(word))),
      set(lane(index), i64Add(get(lane(index)), i64Mul(low(get(keyed)), highWord(get(keyed))))),
    ]);
  const stripes = (until: Code): Code =>
    whileLoop(
      i32Less(get(position), until),
      stripe(get(position), get(key)),
      set(position, i32Add(get(position), i32(STRIPE))),
      set(key, i32Add(get(key), i32(8))),
    );
  const scramble = lanes.map((index) => {
    const shifted = i64Xor(get(lane(index)), i64ShiftRight(get(lane(index)), i64(47n)));
    return set(lane(index), i64Mul(i64Xor(shifted, loadI64(i32(128), 8 * index)), i64(P32_1)));
  });
  const merged = [0, 2, 4, 6].map((index) =>
    call(
      FOLD,
      i64Xor(get(lane(index)), loadI64(i32(11), 8 * index)),
      i64Xor(get(lane(index + 1)), loadI64(i32(19), 8 * index)),
    ),
  );
  return {
    name: "hashLong",
    parameters: [I32, I32],
    result: I64,
    locals: [I32, I32, I32, I32, I64, I64, ...lanes.map(() => I64)],
    body: [
      lanes.map((index) => set(lane(index), i64(INITIAL_LANES[index]!))),
      set(end, i32Add(get(at), get(length))),
      set(position, get(at)),
      set(blockEnd, i32Add(get(at), i32(BLOCK))),
      // A block is whole only when bytes follow it; so is a stripe. The last stripe overlaps what was read.
      whileLoop(
        i32Less(get(blockEnd), get(end)),
        set(key, i32(0)),
        stripes(get(blockEnd)),
        scramble,
        set(blockEnd, i32Add(get(blockEnd), i32(BLOCK))),
      ),
      set(key, i32(0)),
      stripes(i32Sub(get(end), i32(STRIPE))),
      stripe(i32Sub(get(end), i32(STRIPE)), i32(121)),
      call(AVALANCHE, sum(startValue(get(length)), ...merged)),
    ],
  };
}

/** Hash of `length` bytes at `at`; at least 17. */
function hash(): WasmFunction {
  const [at, length] = [get(0), get(1)];
  return {
    name: "hash",
    parameters: [I32, I32],
    result: I64,
    locals: [],
    body: choose(
      I64,
      i32Greater(length, i32(240)),
      call(HASH_LONG, at, length),
      choose(I64, i32Greater(length, i32(128)), call(HASH_129_TO_240, at, length), call(HASH_17_TO_128, at, length)),
    ),
  };
}

/**
 * hashRanges(base, bounds, count, skip, into): range i is [bounds[i] + skip, bounds[i + 1]) after `base`, bounds are
 * 32-bit words at `bounds`; the hashes are written to `into`, 8 bytes each.
 */
function hashRanges(): WasmFunction {
  const [base, bounds, count, skip, into, start] = [0, 1, 2, 3, 4, 5];
  return {
    name: "hashRanges",
    parameters: [I32, I32, I32, I32, I32],
    locals: [I32],
    body: whileLoop(
      i32Less(i32(0), get(count)),
      set(start, i32Add(loadI32(get(bounds)), get(skip))),
      storeI64(get(into), call(HASH, i32Add(get(base), get(start)), i32Sub(loadI32(get(bounds), 4), get(start)))),
      set(bounds, i32Add(get(bounds), i32(4))),
      set(into, i32Add(get(into), i32(8))),
      set(count, i32Sub(get(count), i32(1))),
    ),
  };
}

/** The bytes of the module. */
export function assembleXxh3(): Uint8Array<ArrayBuffer> {
  const functions = [fold(), mix(), avalanche(), hash17to128(), hash129to240(), hashLong(), hash(), hashRanges()];
  return assemble(functions, XXH3_SECRET, INITIAL_PAGES);
}
