import { createHash, randomBytes } from "node:crypto";

const PREFIX = '{"id":"';
const MIDDLE = '","title":"Hello","name":"World","text":"';
const SUFFIX = '"}';
const UUID_LENGTH = 36;
const TEXT_START = PREFIX.length + UUID_LENGTH + MIDDLE.length;

/** The longest `text` with which a record still fits an Iggy payload (64 000 000 bytes). */
export const MAX_TEXT_LENGTH = 64_000_000 - TEXT_START - SUFFIX.length;

/** Alphanumerics by one random byte; 62 does not divide 256, so the first 8 characters come a fifth more often. */
const ALPHANUMERIC = Uint8Array.from({ length: 256 }, (_, byte) =>
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".charCodeAt(byte % 62),
);
const HEX = Uint8Array.from("0123456789abcdef", (digit) => digit.charCodeAt(0));
/** Where the 32 digits of a UUID stand among its dashes. */
const UUID_DIGITS = Uint8Array.from(
  [...Array(UUID_LENGTH).keys()].filter((position) => ![8, 13, 18, 23].includes(position)),
);

export interface RecordBatch {
  readonly payloads: readonly Uint8Array[];
  /** The record's UUID as a number, most significant digit first. */
  id(index: number): bigint;
}

/**
 * Makes JSON records `{"id":"<uuid v4>","title":"Hello","name":"World","text":"<alphanumerics>"}`.
 * The record at a position is a pure function of the seed and that position, so that a batch asked for again is the same.
 * All records of a batch lie in one buffer; only the changing bytes are written one by one.
 */
export class RecordGenerator {
  readonly recordBytes: number;
  readonly #template: Uint8Array;
  readonly #textLength: number;
  readonly #seed: Uint32Array;
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
    this.#textLength = textLength;
    const uuid = "00000000-0000-0000-0000-000000000000";
    this.#template = Buffer.from(`${PREFIX}${uuid}${MIDDLE}${"0".repeat(textLength)}${SUFFIX}`, "latin1");
    this.recordBytes = this.#template.length;
  }

  /** Size of the batch that begins at `position`: low … high − 1. */
  batchSize(position: number, low: number, high: number): number {
    this.#reseed(position, 1);
    return low + (this.#next() % (high - low));
  }

  /** Records `position` … `position + count − 1`. */
  generate(position: number, count: number): RecordBatch {
    const size = this.recordBytes;
    const bytes = Buffer.allocUnsafeSlow(count * size);
    if (count > 0) bytes.set(this.#template);
    for (let filled = size; filled < bytes.length; filled *= 2) bytes.copyWithin(filled, 0, filled);
    const uuids = new Uint32Array(count * 4);
    const payloads = new Array<Uint8Array>(count);
    for (let index = 0; index < count; index++) {
      const start = index * size;
      this.#reseed(position + index, 0);
      this.#writeUuid(bytes, start + PREFIX.length, uuids, index * 4);
      this.#writeText(bytes, start + TEXT_START);
      payloads[index] = new Uint8Array(bytes.buffer, start, size);
    }
    return { payloads, id: (index) => uuidNumber(uuids, index * 4) };
  }

  #writeUuid(bytes: Uint8Array, start: number, uuids: Uint32Array, slot: number): void {
    for (let word = 0; word < 4; word++) {
      let value = this.#next();
      if (word === 1) value = ((value & 0xffff0fff) | 0x4000) >>> 0; // version 4
      if (word === 2) value = ((value & 0x3fffffff) | 0x80000000) >>> 0; // variant 10
      uuids[slot + word] = value;
      for (let digit = 0; digit < 8; digit++) {
        bytes[start + (UUID_DIGITS[word * 8 + digit] as number)] = HEX[(value >>> (28 - 4 * digit)) & 15] as number;
      }
    }
  }

  #writeText(bytes: Uint8Array, start: number): void {
    const end = start + this.#textLength;
    let at = start;
    for (; at + 4 <= end; at += 4) {
      const draw = this.#next();
      bytes[at] = ALPHANUMERIC[draw & 255] as number;
      bytes[at + 1] = ALPHANUMERIC[(draw >>> 8) & 255] as number;
      bytes[at + 2] = ALPHANUMERIC[(draw >>> 16) & 255] as number;
      bytes[at + 3] = ALPHANUMERIC[draw >>> 24] as number;
    }
    for (; at < end; at++) bytes[at] = ALPHANUMERIC[this.#next() & 255] as number;
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

function uuidNumber(words: Uint32Array, slot: number): bigint {
  const word = (index: number) => BigInt(words[slot + index] as number);
  return (word(0) << 96n) | (word(1) << 64n) | (word(2) << 32n) | word(3);
}
