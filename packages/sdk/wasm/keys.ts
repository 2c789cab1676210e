/*
 * The keys of objects: whether those of two texts are the same, and, as in `src/json/key-history.ts`, whether an object has had one
 * before.
 */
import { digitsEnd, ZERO } from "./numbers";

/**
 * Which keys the objects that are open have had: by depth a hash table of keys, three words each: the object that has it, its first
 * address, its length.
 */
const SLOTS: usize = 256;
const MOST_KEYS: u32 = 192;
/** Objects within objects whose keys are kept. */
export const MOST_OPEN: usize = 16;
const KEYS = memory.data(49152, 16);
/** By depth: the number of the object that is open, and how many keys it has. */
const OBJECTS = memory.data(128, 16);
let objects: u32 = 0;

/** Whether the members from `a` to `b` have the same keys as those from `b` to `end`. */
export function haveSameKeys(a: usize, shiftOfA: u32, b: usize, end: usize, shiftOfB: u32): boolean {
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

export function openObject(depth: usize): void {
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
export function isDisplaced(start: usize, length: usize, depth: usize): boolean {
  if (depth >= MOST_OPEN) return true;
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
