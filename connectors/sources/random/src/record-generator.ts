import { createHash, randomBytes } from "node:crypto";
import { asBuffer, type PackedMessages } from "@iggy-connectors/sdk";

const PREFIX = '{"id":"';
const MIDDLE = '","title":"Hello","name":"World","text":"';
const SUFFIX = '"}';
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

/**
 * Makes JSON records `{"id":"<uuid v4>","title":"Hello","name":"World","text":"<alphanumerics>"}`.
 * The record at a position is a pure function of the seed and that position, so that a batch asked for again is the same.
 * All records of a batch lie in one buffer, that of an earlier batch where one has ended; only the changing bytes are written.
 */
export class RecordGenerator {
  readonly recordBytes: number;
  readonly #template: Uint8Array;
  readonly #textLength: number;
  /** The text of one record, in pairs of characters, with room for one more. */
  readonly #text: Uint16Array;
  readonly #textBytes: Buffer;
  readonly #isSeeded: boolean;
  readonly #seed: Uint32Array;
  /** Words of the UUID written last. */
  readonly #uuid = new Uint32Array(4);
  // State of the sfc32 generator (PractRand, public domain).
  #a = 0;
  #b = 0;
  #c = 0;
  #counter = 0;

  /** @param seed absent: drawn from the system, other records in every process. */
  constructor(textLength: number, seed?: string | number) {
    const source = seed === undefined ? randomBytes(32) : String(seed);
    const digest = createHash("sha256").update(source).digest();
    this.#seed = Uint32Array.from({ length: 4 }, (_, word) => digest.readUInt32LE(word * 4));
    this.#isSeeded = seed !== undefined;
    this.#textLength = textLength;
    this.#text = new Uint16Array(Math.ceil(textLength / 2) + 1);
    this.#textBytes = Buffer.from(this.#text.buffer);
    const uuid = "00000000-0000-0000-0000-000000000000";
    this.#template = Buffer.from(`${PREFIX}${uuid}${MIDDLE}${"0".repeat(textLength)}${SUFFIX}`, "latin1");
    this.recordBytes = this.#template.length;
  }

  /** Size of the batch that begins at `position`: low … high − 1. */
  batchSize(position: number, low: number, high: number): number {
    this.#reseed(position, 1);
    return low + (this.#next() % (high - low));
  }

  /**
   * Records `position` … `position + count − 1`. With a seed their UUIDs are the messages' ids; without, another process makes other
   * records, so that an id would claim an identity that is none. `spent`: of this generator, to be written again.
   */
  generate(position: number, count: number, spent?: PackedMessages): PackedMessages {
    const records = this.#memory(count, spent);
    const bytes = asBuffer(records.bytes);
    for (let index = 0; index < count; index++) {
      const start = index * this.recordBytes;
      this.#reseed(position + index, 0);
      this.#writeUuid(bytes, start + PREFIX.length);
      if (records.ids !== undefined) this.#writeId(records.ids, index);
      this.#writeText(bytes, start + TEXT_START);
    }
    return records;
  }

  /** Messages in which all but what changes is written. */
  #memory(count: number, spent: PackedMessages | undefined): PackedMessages {
    const size = this.recordBytes;
    if (spent !== undefined && spent.bytes.length >= count * size) return { ...spent, length: count };
    const bytes = Buffer.allocUnsafeSlow(count * size);
    if (count > 0) bytes.set(this.#template);
    for (let filled = size; filled < bytes.length; filled *= 2) bytes.copyWithin(filled, 0, filled);
    return {
      length: count,
      bytes,
      starts: Uint32Array.from({ length: count }, (_, index) => index * size),
      ends: Uint32Array.from({ length: count }, (_, index) => (index + 1) * size),
      ids: this.#isSeeded ? new BigUint64Array(count * 2) : undefined,
    };
  }

  #writeUuid(bytes: Buffer, start: number): void {
    for (let word = 0; word < 4; word++) {
      let value = this.#next();
      if (word === 1) value = ((value & 0xffff0fff) | 0x4000) >>> 0; // version 4
      if (word === 2) value = ((value & 0x3fffffff) | 0x80000000) >>> 0; // variant 10
      this.#uuid[word] = value;
      for (let byte = 0; byte < 4; byte++) {
        const at = start + UUID_BYTES[word * 4 + byte]!;
        const bits = (value >>> (24 - 8 * byte)) & 255;
        bytes[at] = HIGH_DIGIT[bits]!;
        bytes[at + 1] = LOW_DIGIT[bits]!;
      }
    }
  }

  /** The UUID written last as a number, most significant digit first. */
  #writeId(ids: BigUint64Array, index: number): void {
    const [a, b, c, d] = this.#uuid as unknown as readonly [number, number, number, number];
    ids[2 * index] = (BigInt(c) << 32n) | BigInt(d);
    ids[2 * index + 1] = (BigInt(a) << 32n) | BigInt(b);
  }

  /** `#next` by hand: the state stays in registers, and the loop has no branch that chance decides. */
  #writeText(bytes: Buffer, start: number): void {
    const text = this.#text;
    const pairs = text.length - 1;
    let a = this.#a;
    let b = this.#b;
    let c = this.#c;
    let counter = this.#counter;
    for (let at = 0; at < pairs; ) {
      const draw = (((a + b) | 0) + counter) | 0;
      counter = (counter + 1) | 0;
      a = b ^ (b >>> 9);
      b = (c + (c << 3)) | 0;
      c = (((c << 21) | (c >>> 11)) + draw) | 0;
      const first = draw & (PAIR_DRAWS - 1);
      const second = draw >>> 20;
      text[at] = PAIR[first]!;
      at += IS_PAIR[first]!;
      text[at] = PAIR[second]!;
      at += IS_PAIR[second]!;
    }
    this.#textBytes.copy(bytes, start, 0, this.#textLength);
  }

  /** `purpose` keeps the draws for batch sizes apart from those for records. */
  #reseed(position: number, purpose: number): void {
    const high = Math.floor(position / 2 ** 32);
    this.#a = mix((position >>> 0) ^ (this.#seed[0] as number));
    this.#b = mix(this.#a ^ high ^ (this.#seed[1] as number));
    this.#c = mix(this.#b ^ purpose ^ (this.#seed[2] as number));
    this.#counter = (this.#c ^ (this.#seed[3] as number)) | 0;
    for (let round = 0; round < 4; round++) this.#next();
  }

  #next(): number {
    const result = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + result;
    this.#c |= 0;
    return result >>> 0;
  }
}

/** Mixes 32 bits so that neighbouring positions share nothing (the finaliser of MurmurHash3). */
function mix(value: number): number {
  let mixed = value ^ (value >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
