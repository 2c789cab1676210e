import { isUtf8 } from "node:buffer";
import { ProtocolError } from "../errors.ts";

/** A buffer over the same memory, so that the fast reads of `Buffer` work on any bytes. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/**
 * Reads little-endian values one after the other. Every read checks its bounds first and throws {@link ProtocolError}
 * with the offset where the input ended; nothing is allocated for a length that the input does not have.
 */
export class Reader {
  readonly #buffer: Buffer;
  #position = 0;

  constructor(bytes: Uint8Array) {
    this.#buffer = asBuffer(bytes);
  }

  get position(): number {
    return this.#position;
  }

  get remaining(): number {
    return this.#buffer.length - this.#position;
  }

  u8(): number {
    return this.#buffer[this.#take(1)]!;
  }

  u16(): number {
    return this.#buffer.readUInt16LE(this.#take(2));
  }

  u32(): number {
    return this.#buffer.readUInt32LE(this.#take(4));
  }

  u64(): bigint {
    return this.#buffer.readBigUInt64LE(this.#take(8));
  }

  u128(): bigint {
    const at = this.#take(16);
    return (this.#buffer.readBigUInt64LE(at + 8) << 64n) | this.#buffer.readBigUInt64LE(at);
  }

  f32(): number {
    return this.#buffer.readFloatLE(this.#take(4));
  }

  f64(): number {
    return this.#buffer.readDoubleLE(this.#take(8));
  }

  /** A flag byte that must be 0 or 1. */
  bool(): boolean {
    const at = this.#position;
    const value = this.u8();
    if (value > 1) throw new ProtocolError(`expected a flag of 0 or 1, found ${value}`, at);
    return value === 1;
  }

  /** A view of the next `length` bytes; it shares memory with the input. */
  bytes(length: number): Buffer {
    const at = this.#take(length);
    return this.#buffer.subarray(at, at + length);
  }

  /** A byte length (u8), then that many bytes of UTF-8. */
  str8(): string {
    return this.#text(this.u8());
  }

  /** A byte length (u32), then that many bytes of UTF-8. */
  str32(): string {
    return this.#text(this.u32());
  }

  /** A view of everything that is left. */
  rest(): Buffer {
    return this.bytes(this.remaining);
  }

  /** Refuses surplus bytes. */
  expectEnd(): void {
    if (this.remaining > 0) throw new ProtocolError(`${this.remaining} surplus bytes`, this.#position);
  }

  /** Refuses an announced count that the remaining input cannot hold, before an array is built for it. */
  expectElements(count: number, minSize: number): void {
    if (count * minSize > this.remaining) {
      throw new ProtocolError(`${count} elements announced, but only ${this.remaining} bytes follow`, this.#position);
    }
  }

  #text(length: number): string {
    const at = this.#position;
    const bytes = this.bytes(length);
    if (!isUtf8(bytes)) throw new ProtocolError("text is not valid UTF-8", at);
    return bytes.toString("utf8");
  }

  #take(length: number): number {
    const at = this.#position;
    if (length > this.#buffer.length - at) {
      throw new ProtocolError(`expected ${length} more bytes, found ${this.#buffer.length - at}`, at);
    }
    this.#position = at + length;
    return at;
  }
}
