import { randomFillSync } from "node:crypto";

/** Characters of a UUID's text: 32 hexadecimal digits and four hyphens. */
export const UUID_LENGTH = 36;

/** Random bytes are drawn in bulk: a call costs more than the bytes. */
const POOL_BYTES = 16 * 1024;
/** Digits of 48 bits, and two hyphens. */
const TIME_LENGTH = 14;
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
 * after the milliseconds count within a millisecond, from a random start, and a full counter continues in the next one.
 */
export class UuidGenerator {
  readonly #fill: (pool: Uint8Array) => void;
  readonly #pool = new Uint8Array(POOL_BYTES);
  #next = POOL_BYTES;
  #millis = 0;
  #counter = 0;
  readonly #time = new Uint8Array(TIME_LENGTH);
  #timeOf = -1;

  constructor(fill: (pool: Uint8Array) => void = randomFillSync) {
    this.#fill = fill;
  }

  /** Writes a version 4 UUID and returns the position after it. */
  writeV4(target: Uint8Array, start: number): number {
    const pool = this.#pool;
    const from = this.#take(16);
    let at = start;
    for (let index = 0; index < 8; index++) {
      if (index === 4 || index === 6) target[at++] = HYPHEN;
      const byte = pool[from + index]!;
      at = writeByte(target, at, index === 6 ? VERSION_4 | (byte & 0x0f) : byte);
    }
    return this.#writeTail(target, at, from + 8);
  }

  /** Writes a version 7 UUID for the given time and returns the position after it. */
  writeV7(target: Uint8Array, start: number, millis: number): number {
    this.#advance(millis);
    if (this.#timeOf !== this.#millis) this.#writeTime();
    const time = this.#time;
    let at = start;
    for (let index = 0; index < TIME_LENGTH; index++) target[at++] = time[index]!;
    at = writeByte(target, at, VERSION_7 | (this.#counter >>> 8));
    at = writeByte(target, at, this.#counter & 0xff);
    return this.#writeTail(target, at, this.#take(8));
  }

  /** The digits of the time with their hyphens: the same for all UUIDs of a millisecond. */
  #writeTime(): void {
    const time = this.#time;
    const high = Math.floor(this.#millis / 0x10000);
    const low = this.#millis - high * 0x10000;
    let at = writeByte(time, 0, high >>> 24);
    at = writeByte(time, at, (high >>> 16) & 0xff);
    at = writeByte(time, at, (high >>> 8) & 0xff);
    at = writeByte(time, at, high & 0xff);
    time[at++] = HYPHEN;
    at = writeByte(time, at, low >>> 8);
    at = writeByte(time, at, low & 0xff);
    time[at] = HYPHEN;
    this.#timeOf = this.#millis;
  }

  /** Moves to the next time and counter of version 7. */
  #advance(millis: number): void {
    if (millis <= this.#millis && this.#counter < COUNTER_MAX) {
      this.#counter++;
      return;
    }
    const from = this.#take(2);
    this.#millis = Math.max(millis, this.#millis + 1);
    this.#counter = ((this.#pool[from]! << 8) | this.#pool[from + 1]!) & COUNTER_SEED_MASK;
  }

  /** The last eight bytes, equal in both versions: two bits of variant, 62 random bits. */
  #writeTail(target: Uint8Array, start: number, from: number): number {
    const pool = this.#pool;
    target[start] = HYPHEN;
    let at = writeByte(target, start + 1, VARIANT | (pool[from]! & 0x3f));
    at = writeByte(target, at, pool[from + 1]!);
    target[at++] = HYPHEN;
    for (let index = 2; index < 8; index++) at = writeByte(target, at, pool[from + index]!);
    return at;
  }

  /** The position of `count` unused random bytes in the pool, which are used up. */
  #take(count: number): number {
    if (this.#next + count > POOL_BYTES) {
      this.#fill(this.#pool);
      this.#next = 0;
    }
    const from = this.#next;
    this.#next += count;
    return from;
  }
}

function writeByte(target: Uint8Array, at: number, byte: number): number {
  target[at] = HIGH_DIGIT[byte]!;
  target[at + 1] = LOW_DIGIT[byte]!;
  return at + 2;
}

/** The generator that all transforms of this thread share. */
export const uuidGenerator = new UuidGenerator();
