import { randomFillSync } from "node:crypto";

/** Characters of a UUID's text: 32 hexadecimal digits and four hyphens. */
export const UUID_LENGTH = 36;

/** Random bytes are drawn in bulk: a call costs more than the bytes. */
const POOL_BYTES = 16 * 1024;
const COUNTER_MAX = 0xfff;
const COUNTER_SEED_MASK = 0x7ff;
const HYPHEN = 0x2d;
const VERSION_4 = 0x40;
const VERSION_7 = 0x70;
const VARIANT = 0x80;

/** First and second hexadecimal digit of every byte. */
const HIGH_DIGIT = new Uint8Array(256);
const LOW_DIGIT = new Uint8Array(256);
for (let byte = 0; byte < 256; byte++) {
  const digits = byte.toString(16).padStart(2, "0");
  HIGH_DIGIT[byte] = digits.charCodeAt(0);
  LOW_DIGIT[byte] = digits.charCodeAt(1);
}

/**
 * Writes UUIDs (RFC 9562, lower case, hyphenated) as bytes. Version 7 is strictly ascending within one generator: the 12 bits
 * behind the milliseconds count within a millisecond, from a random start, and a full counter borrows from the next one.
 */
export class UuidGenerator {
  readonly #fill: (pool: Uint8Array) => void;
  readonly #pool = new Uint8Array(POOL_BYTES);
  #next = POOL_BYTES;
  #millis = 0;
  #counter = 0;

  constructor(fill: (pool: Uint8Array) => void = randomFillSync) {
    this.#fill = fill;
  }

  /** Writes a version 4 UUID and returns the position behind. */
  writeV4(target: Uint8Array, at: number): number {
    const from = this.#take(16);
    const pool = this.#pool;
    pool[from + 6] = (pool[from + 6]! & 0x0f) | VERSION_4;
    pool[from + 8] = (pool[from + 8]! & 0x3f) | VARIANT;
    return this.#write(target, at, from);
  }

  /** Writes a version 7 UUID for the given time and returns the position behind. */
  writeV7(target: Uint8Array, at: number, millis: number): number {
    const from = this.#take(16);
    const pool = this.#pool;
    const random = ((pool[from + 6]! << 8) | pool[from + 7]!) & COUNTER_SEED_MASK;
    if (millis > this.#millis) {
      this.#millis = millis;
      this.#counter = random;
    } else if (this.#counter < COUNTER_MAX) {
      this.#counter++;
    } else {
      this.#millis++;
      this.#counter = random;
    }
    const high = Math.floor(this.#millis / 0x10000);
    const low = this.#millis - high * 0x10000;
    pool[from] = high >>> 24;
    pool[from + 1] = high >>> 16;
    pool[from + 2] = high >>> 8;
    pool[from + 3] = high;
    pool[from + 4] = low >>> 8;
    pool[from + 5] = low;
    pool[from + 6] = VERSION_7 | (this.#counter >>> 8);
    pool[from + 7] = this.#counter;
    pool[from + 8] = (pool[from + 8]! & 0x3f) | VARIANT;
    return this.#write(target, at, from);
  }

  /** Where in the pool `count` unused bytes are; they are used up. */
  #take(count: number): number {
    if (this.#next + count > POOL_BYTES) {
      this.#fill(this.#pool);
      this.#next = 0;
    }
    const from = this.#next;
    this.#next += count;
    return from;
  }

  #write(target: Uint8Array, start: number, from: number): number {
    const pool = this.#pool;
    let at = start;
    for (let index = 0; index < 16; index++) {
      if (index === 4 || index === 6 || index === 8 || index === 10) target[at++] = HYPHEN;
      const byte = pool[from + index]!;
      target[at] = HIGH_DIGIT[byte]!;
      target[at + 1] = LOW_DIGIT[byte]!;
      at += 2;
    }
    return at;
  }
}

/** The generator of this process's transforms. */
export const uuidGenerator = new UuidGenerator();
