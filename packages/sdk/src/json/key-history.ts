const SLOTS = 256;
/** Objects with more members are taken to repeat a key: looking for it would become slow. */
const MOST_KEYS = 192;
/** Objects below are taken to repeat a key too. */
const DEPTHS = 16;
const ZERO = 0x30;
const NINE = 0x39;

/**
 * Which keys the open objects of a text have had, to notice a key that is repeated or that JavaScript would put elsewhere. It may say
 * so without need, and never misses one. A hash table for every depth, which an object takes over from the one before by its number.
 */
export class KeyHistory {
  /** The number of the object that has an entry, and where its key begins. */
  readonly #objects = new Float64Array(SLOTS * DEPTHS);
  readonly #starts = new Int32Array(SLOTS * DEPTHS);
  readonly #lengths = new Int32Array(SLOTS * DEPTHS);
  readonly #current = new Float64Array(DEPTHS);
  readonly #sizes = new Int32Array(DEPTHS);
  #objectsSoFar = 0;

  /** An object begins at this depth. */
  open(depth: number): void {
    if (depth >= DEPTHS) return;
    this.#current[depth] = ++this.#objectsSoFar;
    this.#sizes[depth] = 0;
  }

  /** Adds the key `bytes[start, end)` to the object at a depth. Whether it is repeated, or like an index. */
  displaced(bytes: Uint8Array, start: number, end: number, depth: number): boolean {
    if (depth >= DEPTHS) return true;
    const length = end - start;
    const first = length === 0 ? 0 : bytes[start]!;
    if (first >= ZERO && first <= NINE && length <= 10 && areDigits(bytes, start, end)) return true;
    if (this.#sizes[depth]! >= MOST_KEYS) return true;
    this.#sizes[depth]!++;
    const object = this.#current[depth]!;
    const table = depth * SLOTS;
    let slot =
      length === 0 ? 0 : (length * 31 + first * 7 + bytes[end - 1]! * 13 + bytes[start + (length >> 1)]!) & (SLOTS - 1);
    while (this.#objects[table + slot] === object) {
      if (this.#lengths[table + slot] === length && sameBytes(bytes, this.#starts[table + slot]!, start, length))
        return true;
      slot = (slot + 1) & (SLOTS - 1);
    }
    this.#objects[table + slot] = object;
    this.#starts[table + slot] = start;
    this.#lengths[table + slot] = length;
    return false;
  }
}

function areDigits(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (bytes[at]! < ZERO || bytes[at]! > NINE) return false;
  return true;
}

function sameBytes(bytes: Uint8Array, a: number, b: number, length: number): boolean {
  for (let index = 0; index < length; index++) if (bytes[a + index] !== bytes[b + index]) return false;
  return true;
}
