const NONE = -1;
const SLOTS = 256;

/** The keys that edits name, each with a number, and a lookup by their bytes. */
export class KeyTable {
  readonly keys: string[] = [];
  /** The keys' UTF-8, without quotes. */
  readonly #bytes: Buffer[] = [];
  /** Hash table: the first key of each slot, and for each key the next of its slot. */
  readonly #slots = new Int32Array(SLOTS).fill(NONE);
  readonly #next: number[] = [];

  /** The number of a key, assigned by the first call. */
  number(key: string): number {
    const bytes = Buffer.from(key);
    const known = this.find(bytes, 0, bytes.length);
    if (known !== NONE) return known;
    const slot = slotOf(bytes, 0, bytes.length);
    const number = this.keys.push(key) - 1;
    this.#bytes.push(bytes);
    this.#next.push(this.#slots[slot]!);
    this.#slots[slot] = number;
    return number;
  }

  /** The number of the key `bytes[start, end)`; −1 if it is not in the table. */
  find(bytes: Buffer, start: number, end: number): number {
    let number = this.#slots[slotOf(bytes, start, end)]!;
    while (number !== NONE && !sameBytes(bytes, start, end, this.#bytes[number]!)) number = this.#next[number]!;
    return number;
  }
}

/** A cheap hash of a key's bytes: most keys of a message find an empty slot. */
function slotOf(bytes: Uint8Array, start: number, end: number): number {
  if (start === end) return 0;
  return ((end - start) * 31 + bytes[start]! * 7 + bytes[end - 1]!) & (SLOTS - 1);
}

function sameBytes(bytes: Uint8Array, start: number, end: number, key: Buffer): boolean {
  if (end - start !== key.length) return false;
  for (let index = 0; index < key.length; index++) if (bytes[start + index] !== key[index]) return false;
  return true;
}
