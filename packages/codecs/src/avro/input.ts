import { signed64 } from "../primitives/integers.ts";
import { readUtf8 } from "../primitives/utf8.ts";
import { readVarint, VARINT_FAULTS } from "../primitives/varint.ts";

/** Thrown by readers. The codec adds the field's path. */
export class AvroFault extends Error {}

/** Reads Avro's primitives from `bytes[at, end)`; every read is checked against the end. */
export class AvroInput {
  readonly bytes: Buffer;
  readonly end: number;
  /** Path of the value being read, by depth; entries beyond `#depth` are left from earlier values. */
  readonly #path: (string | number)[] = [];
  #depth = 0;
  at: number;
  /** The halves of the last varint. */
  low = 0;
  high = 0;
  /** How many more elements that take no bytes may be read. */
  emptyElements = MAX_EMPTY_ELEMENTS;

  constructor(bytes: Buffer, start: number, end: number) {
    this.bytes = bytes;
    this.at = start;
    this.end = end;
  }

  /** The value read next is the member or element `step` of a value at `depth`. */
  enter(depth: number, step: string | number): void {
    this.#path[depth] = step;
    this.#depth = depth + 1;
  }

  /** Path of the value being read. */
  get place(): readonly (string | number)[] {
    return this.#path.slice(0, this.#depth);
  }

  long(): number | bigint {
    if (this.at >= this.end) throw new AvroFault("it ends too early");
    const byte = this.bytes[this.at]!;
    if (byte < 0x80) {
      this.at += 1;
      return (byte & 1) === 0 ? byte >>> 1 : -(byte >>> 1) - 1;
    }
    const next = readVarint(this.bytes, this.at, this.end, this);
    if (next < 0) throw new AvroFault(VARINT_FAULTS[next]);
    this.at = next;
    const { low, high } = this;
    // The sign is the lowest bit.
    const sign = -(low & 1);
    if (high === 0) return sign === 0 ? low >>> 1 : -(low >>> 1) - 1;
    return signed64((((low >>> 1) | (high << 31)) ^ sign) >>> 0, ((high >>> 1) ^ sign) >>> 0);
  }

  int(): number {
    const value = this.long();
    if (typeof value === "bigint" || value < -(2 ** 31) || value >= 2 ** 31) {
      throw new AvroFault("an int has more than 32 bits");
    }
    return value;
  }

  boolean(): boolean {
    const byte = this.#byte(this.at);
    if (byte > 1) throw new AvroFault("a boolean is neither 0 nor 1");
    this.at += 1;
    return byte === 1;
  }

  float(): number {
    return this.bytes.readFloatLE(this.take(4));
  }

  double(): number {
    return this.bytes.readDoubleLE(this.take(8));
  }

  string(): string {
    const length = this.length();
    const start = this.take(length);
    const text = readUtf8(this.bytes, start, start + length);
    if (text === undefined) throw new AvroFault("its bytes are not UTF-8");
    return text;
  }

  /** A length, checked against the end. */
  length(): number {
    const length = this.long();
    if (typeof length === "bigint" || length < 0 || length > this.end - this.at) {
      throw new AvroFault("a length reaches beyond the end");
    }
    return length;
  }

  /** The position of the next `length` bytes, which are skipped. */
  take(length: number): number {
    const at = this.at;
    if (length > this.end - at) throw new AvroFault("it ends too early");
    this.at = at + length;
    return at;
  }

  /** The number of elements in the next block of an array or map whose elements take at least `size` bytes each; 0: there are no more. */
  blockCount(size: number): number {
    let count = this.long();
    if (count === 0) return 0;
    if (count < 0) {
      this.length();
      count = -count;
    }
    if (typeof count === "bigint" || count * size > this.end - this.at) {
      throw new AvroFault("a block has more elements than bytes");
    }
    // Nothing in the data bounds the number of elements that take no bytes.
    if (size === 0) {
      this.emptyElements -= count;
      if (this.emptyElements < 0) throw new AvroFault(`more than ${MAX_EMPTY_ELEMENTS} elements that take no bytes`);
    }
    return count;
  }

  #byte(at: number): number {
    if (at >= this.end) throw new AvroFault("it ends too early");
    return this.bytes[at]!;
  }
}

const MAX_EMPTY_ELEMENTS = 100_000;
