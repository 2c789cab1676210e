import type { OutputBuffer } from "@iggy-connectors/sdk";
import { writeVarint, writeVarint64, writeVarintSafe } from "../primitives/varint.ts";

/** Appends protobuf's primitives to an output. */
export class WireWriter {
  readonly output: OutputBuffer;

  constructor(output: OutputBuffer) {
    this.output = output;
  }

  /** A non-negative integer below 2³². */
  varint(value: number): void {
    writeVarint(this.output, value);
  }

  /** A non-negative integer that a double holds exactly. */
  varintSafe(value: number): void {
    writeVarintSafe(this.output, value);
  }

  /** An integer of 64 bits, unsigned or in two's complement. */
  varint64(value: bigint): void {
    writeVarint64(this.output, BigInt.asUintN(64, value));
  }

  fixed32(value: number): void {
    this.output.reserve(4);
    this.output.position = this.output.bytes.writeUInt32LE(value >>> 0, this.output.position);
  }

  fixed64(value: bigint): void {
    this.output.reserve(8);
    this.output.position = this.output.bytes.writeBigUInt64LE(BigInt.asUintN(64, value), this.output.position);
  }

  float(value: number): void {
    this.output.reserve(4);
    this.output.position = this.output.bytes.writeFloatLE(value, this.output.position);
  }

  double(value: number): void {
    this.output.reserve(8);
    this.output.position = this.output.bytes.writeDoubleLE(value, this.output.position);
  }

  /** Begins what is preceded by its length; returns what `end` is given. */
  begin(): number {
    this.output.reserve(1);
    return ++this.output.position;
  }

  /** Writes the length of what was appended since `begin`. */
  end(start: number): void {
    const { output } = this;
    const length = output.position - start;
    if (length <= 0x7f) {
      output.bytes[start - 1] = length;
      return;
    }
    // The length takes more than the one byte that was reserved for it.
    const more = length < 1 << 14 ? 1 : length < 1 << 21 ? 2 : length < 1 << 28 ? 3 : 4;
    output.reserve(more);
    output.bytes.copyWithin(start + more, start, output.position);
    output.position = start - 1;
    this.varint(length);
    output.position += length;
  }

  bytes(value: Uint8Array): void {
    this.varint(value.length);
    this.output.writeBytes(value);
  }

  string(value: string): void {
    const start = this.begin();
    this.output.writeText(value);
    this.end(start);
  }
}
