import { signed64, unsigned64 } from "../primitives/integers.ts";
import { readUtf8 } from "../primitives/utf8.ts";
import { readVarint, VARINT_FAULTS } from "../primitives/varint.ts";

/** Thrown by the primitives below. The reader of messages adds the field's path. */
export class WireFault extends Error {}

export const WireType = { varint: 0, fixed64: 1, delimited: 2, startGroup: 3, endGroup: 4, fixed32: 5 } as const;

/** Reads protobuf's primitives from `bytes[at, end)`; every read is checked against the end. */
export class WireReader {
  readonly bytes: Buffer;
  at: number;
  /** End of the message being read; its reader sets it for an inner message and restores it afterwards. */
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
    const { at } = this;
    if (at >= end) throw new WireFault("it ends in the middle of a field");
    const byte = bytes[at]!;
    if (byte < 0x80) {
      this.low = byte;
      this.high = 0;
      this.at = at + 1;
      return;
    }
    const next = readVarint(bytes, at, end, this);
    if (next < 0) throw new WireFault(VARINT_FAULTS[next]);
    this.at = next;
  }

  /** A varint of 32 bits. Higher bits are ignored, as protobuf requires. */
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

  /** A length, checked against the end. */
  length(): number {
    this.varint();
    if (this.high !== 0 || this.low > this.end - this.at) throw new WireFault("a length reaches beyond the end");
    return this.low;
  }

  string(): string {
    const length = this.length();
    const start = this.at;
    this.at += length;
    const text = readUtf8(this.bytes, start, this.at);
    if (text === undefined) throw new WireFault("its bytes are not UTF-8");
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
        throw new WireFault(`a field has the wire type ${wireType}, which is not a wire type of protobuf`);
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
