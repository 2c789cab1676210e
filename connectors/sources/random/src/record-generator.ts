import { createHash, randomBytes } from "node:crypto";
import type { PackedMessages } from "@iggy-connectors/sdk";

const PREFIX = '{"id":"';
const MIDDLE = '","title":"Hello","name":"World","text":"';
const SUFFIX = '"}';
const [QUOTE, BRACE] = Buffer.from(SUFFIX) as unknown as readonly [number, number];
const UUID_LENGTH = 36;
const TEXT_START = PREFIX.length + UUID_LENGTH + MIDDLE.length;

/** The longest `text` with which a record still fits an Iggy payload (64 000 000 bytes). */
export const MAX_TEXT_LENGTH = 64_000_000 - TEXT_START - SUFFIX.length;

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
/** Values of twelve random bits. */
const PAIR_DRAWS = 4096;
const PAIRS = ALPHABET.length ** 2;
/** Two characters by twelve random bits, as they lie in memory: a character costs half a look-up and half a write. */
const PAIR = new Uint16Array(PAIR_DRAWS);
/** 1, or 0 for the draws that stand for no pair: they are drawn again, so that every character is as likely. */
const IS_PAIR = Uint8Array.from({ length: PAIR_DRAWS }, (_, bits) => (bits < PAIRS ? 1 : 0));
const PAIR_BYTES = Buffer.from(PAIR.buffer);
for (let bits = 0; bits < PAIR_DRAWS; bits++) {
  PAIR_BYTES.write(ALPHABET.charAt(Math.floor(bits / ALPHABET.length) % ALPHABET.length), bits * 2, "latin1");
  PAIR_BYTES.write(ALPHABET.charAt(bits % ALPHABET.length), bits * 2 + 1, "latin1");
}

const digits = (shift: number): Uint8Array =>
  Uint8Array.from({ length: 256 }, (_, byte) => "0123456789abcdef".charCodeAt((byte >>> shift) & 15));
/** The two digits of a byte. */
const HIGH_DIGIT = digits(4);
const LOW_DIGIT = digits(0);
/** Where the two digits of each byte of a UUID begin among its dashes. */
const UUID_BYTES = Uint8Array.of(0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34);

/** Draws after seeding that are thrown away, and those that follow: the words of a UUID. */
const THROWN_DRAWS = 4;
const FIRST_DRAWS = THROWN_DRAWS + 4;

/**
 * Makes JSON records `{"id":"<uuid v4>","title":"Hello","name":"World","text":"<alphanumerics>"}`.
 * The record at a position is a pure function of the seed and that position, so that a batch asked for again is the same.
 * All records of a batch lie in one buffer, that of an earlier batch where one has ended; only the changing bytes are written.
 */
export class RecordGenerator {
  /** Room for a record; its text begins at an even place, to be written in pairs of characters. */
  readonly recordBytes: number;
  readonly #template: Uint8Array;
  readonly #textLength: number;
  readonly #isSeeded: boolean;
  readonly #seed: Int32Array;
  /** The first draws for a record or a batch size. */
  readonly #draws = new Int32Array(FIRST_DRAWS);
  // State of the sfc32 generator (PractRand, public domain).
  #a = 0;
  #b = 0;
  #c = 0;
  #counter = 0;

  /** @param seed absent: drawn from the system, other records in every process. */
  constructor(textLength: number, seed?: string | number) {
    const source = seed === undefined ? randomBytes(32) : String(seed);
    const digest = createHash("sha256").update(source).digest();
    this.#seed = Int32Array.from({ length: 4 }, (_, word) => digest.readInt32LE(word * 4));
    this.#isSeeded = seed !== undefined;
    this.#textLength = textLength;
    const uuid = "00000000-0000-0000-0000-000000000000";
    // The last draw may write a pair too many: over the suffix, which is written again, and the two places behind it.
    const record = `${PREFIX}${uuid}${MIDDLE}${"0".repeat(textLength)}${SUFFIX}  `;
    this.#template = Buffer.from(record.padEnd(record.length + (record.length & 1)), "latin1");
    this.recordBytes = this.#template.length;
  }

  /** Size of the batch that begins at `position`: low … high − 1. */
  batchSize(position: number, low: number, high: number): number {
    this.#begin(position, 1);
    return low + ((this.#draws[THROWN_DRAWS]! >>> 0) % (high - low));
  }

  /**
   * Records `position` … `position + count − 1`. With a seed their UUIDs are the messages' ids; without, another process makes other
   * records, so that an id would claim an identity that is none. `spent`: of this generator, to be written again.
   */
  generate(position: number, count: number, spent?: PackedMessages): PackedMessages {
    const records = this.#memory(count, spent);
    const { bytes, starts, ids } = records;
    const pairs = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length >> 1);
    for (let index = 0; index < count; index++) {
      const start = starts[index]!;
      this.#begin(position + index, 0);
      this.#writeUuid(bytes, start + PREFIX.length);
      if (ids !== undefined) this.#writeId(ids, index);
      this.#writeText(bytes, pairs, start + TEXT_START);
    }
    return records;
  }

  /** Messages in which all but what changes is written. */
  #memory(count: number, spent: PackedMessages | undefined): PackedMessages {
    const room = this.recordBytes;
    const first = TEXT_START & 1;
    if (spent !== undefined && spent.bytes.length >= first + count * room) return { ...spent, length: count };
    const bytes = Buffer.allocUnsafeSlow(first + count * room);
    const records = bytes.subarray(first);
    if (count > 0) records.set(this.#template);
    for (let filled = room; filled < records.length; filled *= 2) records.copyWithin(filled, 0, filled);
    const size = TEXT_START + this.#textLength + SUFFIX.length;
    return {
      length: count,
      bytes,
      starts: Uint32Array.from({ length: count }, (_, index) => first + index * room),
      ends: Uint32Array.from({ length: count }, (_, index) => first + index * room + size),
      ids: this.#isSeeded ? new BigUint64Array(count * 2) : undefined,
    };
  }

  #writeUuid(bytes: Uint8Array, start: number): void {
    const draws = this.#draws;
    draws[THROWN_DRAWS + 1] = (draws[THROWN_DRAWS + 1]! & 0xffff0fff) | 0x4000; // version 4
    draws[THROWN_DRAWS + 2] = (draws[THROWN_DRAWS + 2]! & 0x3fffffff) | 0x80000000; // variant 10
    for (let byte = 0; byte < UUID_BYTES.length; byte++) {
      const bits = (draws[THROWN_DRAWS + (byte >> 2)]! >>> (24 - 8 * (byte & 3))) & 255;
      const at = start + UUID_BYTES[byte]!;
      bytes[at] = HIGH_DIGIT[bits]!;
      bytes[at + 1] = LOW_DIGIT[bits]!;
    }
  }

  /** The UUID written last as a number, most significant digit first. */
  #writeId(ids: BigUint64Array, index: number): void {
    const word = (place: number): bigint => BigInt(this.#draws[THROWN_DRAWS + place]! >>> 0);
    ids[2 * index] = (word(2) << 32n) | word(3);
    ids[2 * index + 1] = (word(0) << 32n) | word(1);
  }

  /** The loop has no branch that chance decides. */
  #writeText(bytes: Uint8Array, pairs: Uint16Array, start: number): void {
    let at = start >> 1;
    const end = at + ((this.#textLength + 1) >> 1);
    let a = this.#a;
    let b = this.#b;
    let c = this.#c;
    let counter = this.#counter;
    while (at < end) {
      const draw = (((a + b) | 0) + counter) | 0;
      counter = (counter + 1) | 0;
      a = b ^ (b >>> 9);
      b = (c + (c << 3)) | 0;
      c = (((c << 21) | (c >>> 11)) + draw) | 0;
      const first = draw & (PAIR_DRAWS - 1);
      const second = draw >>> 20;
      pairs[at] = PAIR[first]!;
      at += IS_PAIR[first]!;
      pairs[at] = PAIR[second]!;
      at += IS_PAIR[second]!;
    }
    bytes[start + this.#textLength] = QUOTE;
    bytes[start + this.#textLength + 1] = BRACE;
  }

  /** Seeds the generator, and makes the first draws. `purpose` keeps the draws for batch sizes apart from those for records. */
  #begin(position: number, purpose: number): void {
    const seed = this.#seed;
    let a = mix((position >>> 0) ^ seed[0]!);
    let b = mix(a ^ Math.floor(position / 2 ** 32) ^ seed[1]!);
    let c = mix(b ^ purpose ^ seed[2]!);
    let counter = (c ^ seed[3]!) | 0;
    for (let index = 0; index < FIRST_DRAWS; index++) {
      const draw = (((a + b) | 0) + counter) | 0;
      counter = (counter + 1) | 0;
      a = b ^ (b >>> 9);
      b = (c + (c << 3)) | 0;
      c = (((c << 21) | (c >>> 11)) + draw) | 0;
      this.#draws[index] = draw;
    }
    this.#a = a;
    this.#b = b;
    this.#c = c;
    this.#counter = counter;
  }
}

/** Mixes 32 bits so that neighbouring positions share nothing (the finaliser of MurmurHash3). */
function mix(value: number): number {
  let mixed = value ^ (value >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
