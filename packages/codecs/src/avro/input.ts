import { isUtf8 } from "node:buffer";
import { signed64 } from "../primitives/integers.ts";

/** Thrown by what reads; the codec adds the path. */
export class AvroFault extends Error {}

const MAX_LONG_BYTES = 10;

/** Reads Avro's primitives out of `bytes[at, end)`; every read is checked against the end. */
export class AvroInput {
  readonly bytes: Buffer;
  readonly end: number;
  /** Where the value being read stands, by depth; what is behind `#depth` is left from earlier values. */
  readonly #path: (string | number)[] = [];
  #depth = 0;
  at: number;
  /** How many more elements without bytes of their own may be read. */
  emptyElements = MAX_EMPTY_ELEMENTS;

  constructor(bytes: Buffer, start: number, end: number) {
    this.bytes = bytes;
    this.at = start;
    this.end = end;
  }

  /** The value that is read next is the member or element `step` of one that lies at `depth`. */
  enter(depth: number, step: string | number): void {
    this.#path[depth] = step;
    this.#depth = depth + 1;
  }

  /** Where the value being read stands. */
  get place(): readonly (string | number)[] {
    return this.#path.slice(0, this.#depth);
  }

  long(): number | bigint {
    const { bytes, end } = this;
    let at = this.at;
    let byte = this.#byte(at++);
    let low = byte & 0x7f;
    let high = 0;
    for (let index = 1; byte >= 0x80; index++) {
      if (at >= end) throw new AvroFault("it ends in the middle of a number");
      if (index === MAX_LONG_BYTES) throw new AvroFault("a number has more than 10 bytes");
      byte = bytes[at++]!;
      const bits = byte & 0x7f;
      const shift = index * 7;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high = bits >>> 4;
      } else high |= bits << (shift - 32);
      if (index === MAX_LONG_BYTES - 1 && bits > 1) throw new AvroFault("a number has more than 64 bits");
    }
    this.at = at;
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
    const text = this.bytes.toString("utf8", start, start + length);
    // A replacement character is either there or stands for bytes that are no text.
    if (text.includes("\ufffd") && !isUtf8(this.bytes.subarray(start, start + length))) {
      throw new AvroFault("its bytes are not UTF-8");
    }
    return text;
  }

  /** The length of what follows, which lies within the end. */
  length(): number {
    const length = this.long();
    if (typeof length === "bigint" || length < 0 || length > this.end - this.at) {
      throw new AvroFault("a length reaches beyond the end");
    }
    return length;
  }

  /** The place of the next `length` bytes, which are stepped over. */
  take(length: number): number {
    const at = this.at;
    if (length > this.end - at) throw new AvroFault("it ends too early");
    this.at = at + length;
    return at;
  }

  /** The number of elements in the next block of an array or map whose elements take at least `size` bytes each; 0: no more. */
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
    // Nothing on the wire bounds the number of elements without bytes.
    if (size === 0) {
      this.emptyElements -= count;
      if (this.emptyElements < 0) throw new AvroFault(`more than ${MAX_EMPTY_ELEMENTS} elements without content`);
    }
    return count;
  }

  #byte(at: number): number {
    if (at >= this.end) throw new AvroFault("it ends too early");
    return this.bytes[at]!;
  }
}

const MAX_EMPTY_ELEMENTS = 100_000;
