import { isUtf8 } from "node:buffer";
import { signed64, unsigned64 } from "../primitives/integers.ts";

/** Thrown by the primitives below; the reader of messages adds where it happened. */
export class WireFault extends Error {}

const MAX_VARINT_BYTES = 10;

export const WireType = { varint: 0, fixed64: 1, delimited: 2, startGroup: 3, endGroup: 4, fixed32: 5 } as const;

/** Reads protobuf's primitives out of `bytes[at, end)`; every read is checked against the end. */
export class WireReader {
  readonly bytes: Buffer;
  at: number;
  /** Of the message being read; moved by whoever reads an inner one. */
  end: number;
  /** The halves of the last varint or 64-bit field. */
  low = 0;
  high = 0;

  constructor(bytes: Buffer, start: number, end: number) {
    this.bytes = bytes;
    this.at = start;
    this.end = end;
  }

  /** Reads a varint into `low` and `high`. */
  varint(): void {
    const { bytes, end } = this;
    let at = this.at;
    if (at >= end) throw new WireFault("it ends in the middle of a field");
    let byte = bytes[at++]!;
    this.high = 0;
    if (byte < 0x80) {
      this.low = byte;
      this.at = at;
      return;
    }
    let low = byte & 0x7f;
    let high = 0;
    for (let index = 1; byte >= 0x80; index++) {
      if (at >= end) throw new WireFault("it ends in the middle of a number");
      if (index === MAX_VARINT_BYTES) throw new WireFault("a number has more than 10 bytes");
      byte = bytes[at++]!;
      const bits = byte & 0x7f;
      const shift = index * 7;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high = bits >>> 4;
      } else high |= bits << (shift - 32);
      if (index === MAX_VARINT_BYTES - 1 && bits > 1) throw new WireFault("a number has more than 64 bits");
    }
    this.low = low >>> 0;
    this.high = high >>> 0;
    this.at = at;
  }

  /** A varint of 32 bits; the rest of a longer one is cut off, as protobuf says. */
  uint32(): number {
    this.varint();
    return this.low;
  }

  int64(): number | bigint {
    this.varint();
    return signed64(this.low, this.high);
  }

  uint64(): number | bigint {
    this.varint();
    return unsigned64(this.low, this.high);
  }

  sint32(): number {
    const value = this.uint32();
    return (value >>> 1) ^ -(value & 1);
  }

  sint64(): number | bigint {
    this.varint();
    const { low, high } = this;
    const sign = -(low & 1);
    return signed64((((low >>> 1) | (high << 31)) ^ sign) >>> 0, ((high >>> 1) ^ sign) >>> 0);
  }

  fixed32(): number {
    return this.bytes.readUInt32LE(this.#take(4));
  }

  sfixed32(): number {
    return this.bytes.readInt32LE(this.#take(4));
  }

  float(): number {
    return this.bytes.readFloatLE(this.#take(4));
  }

  double(): number {
    return this.bytes.readDoubleLE(this.#take(8));
  }

  fixed64(): number | bigint {
    const at = this.#take(8);
    return unsigned64(this.bytes.readUInt32LE(at), this.bytes.readUInt32LE(at + 4));
  }

  sfixed64(): number | bigint {
    const at = this.#take(8);
    return signed64(this.bytes.readUInt32LE(at), this.bytes.readUInt32LE(at + 4));
  }

  /** The length of what follows, which lies within the end. */
  length(): number {
    this.varint();
    if (this.high !== 0 || this.low > this.end - this.at) throw new WireFault("a length reaches beyond the end");
    return this.low;
  }

  string(): string {
    const length = this.length();
    const start = this.at;
    this.at += length;
    const text = this.bytes.toString("utf8", start, this.at);
    // A replacement character is either there or stands for bytes that are no text.
    if (text.includes("\ufffd") && !isUtf8(this.bytes.subarray(start, this.at))) {
      throw new WireFault("its bytes are not UTF-8");
    }
    return text;
  }

  base64(): string {
    const length = this.length();
    const start = this.at;
    this.at += length;
    return this.bytes.toString("base64", start, this.at);
  }

  /** Steps over a field's value. */
  skip(wireType: number, number: number, depth: number): void {
    switch (wireType) {
      case WireType.varint:
        this.varint();
        return;
      case WireType.fixed64:
        this.#take(8);
        return;
      case WireType.delimited: {
        const length = this.length();
        this.at += length;
        return;
      }
      case WireType.startGroup:
        this.#skipGroup(number, depth);
        return;
      case WireType.fixed32:
        this.#take(4);
        return;
      default:
        throw new WireFault(`a field has the wire type ${wireType}, which does not exist here`);
    }
  }

  #skipGroup(number: number, depth: number): void {
    if (depth <= 0) throw new WireFault("too many levels of nesting");
    for (;;) {
      const tag = this.uint32();
      const wireType = tag & 7;
      if (wireType === WireType.endGroup) {
        if (tag >>> 3 !== number) throw new WireFault("a group ends that did not begin");
        return;
      }
      this.skip(wireType, tag >>> 3, depth - 1);
    }
  }

  #take(length: number): number {
    const at = this.at;
    if (length > this.end - at) throw new WireFault("it ends in the middle of a field");
    this.at = at + length;
    return at;
  }
}
