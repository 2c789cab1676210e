import { ProtocolError } from "../errors.ts";

const INITIAL_CAPACITY = 512;
const MAX_U32 = 0xffff_ffff;
const MAX_U64 = (1n << 64n) - 1n;
const MAX_U128 = (1n << 128n) - 1n;

/**
 * Writes little-endian values one after the other into a buffer that grows. A value that does not fit its field is
 * refused with {@link ProtocolError}: a caller's mistake never becomes other bytes on the wire.
 */
export class Writer {
  #buffer: Buffer;
  #length = 0;

  constructor(capacity: number = INITIAL_CAPACITY) {
    this.#buffer = Buffer.allocUnsafe(capacity);
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#length;
  }

  u8(value: number): this {
    checkInteger(value, 0xff);
    const at = this.#reserve(1);
    this.#buffer[at] = value;
    return this;
  }

  u16(value: number): this {
    checkInteger(value, 0xffff);
    const at = this.#reserve(2);
    this.#buffer.writeUInt16LE(value, at);
    return this;
  }

  u32(value: number): this {
    checkInteger(value, MAX_U32);
    const at = this.#reserve(4);
    this.#buffer.writeUInt32LE(value, at);
    return this;
  }

  u64(value: bigint): this {
    checkBigInteger(value, MAX_U64);
    const at = this.#reserve(8);
    this.#buffer.writeBigUInt64LE(value, at);
    return this;
  }

  u128(value: bigint): this {
    checkBigInteger(value, MAX_U128);
    const at = this.#reserve(16);
    this.#buffer.writeBigUInt64LE(value & MAX_U64, at);
    this.#buffer.writeBigUInt64LE(value >> 64n, at + 8);
    return this;
  }

  f32(value: number): this {
    const at = this.#reserve(4);
    this.#buffer.writeFloatLE(value, at);
    return this;
  }

  f64(value: number): this {
    const at = this.#reserve(8);
    this.#buffer.writeDoubleLE(value, at);
    return this;
  }

  bool(value: boolean): this {
    return this.u8(value ? 1 : 0);
  }

  bytes(value: Uint8Array): this {
    const at = this.#reserve(value.length);
    this.#buffer.set(value, at);
    return this;
  }

  zeros(length: number): this {
    const at = this.#reserve(length);
    this.#buffer.fill(0, at, at + length);
    return this;
  }

  /** A byte length (u8), then the text as UTF-8. */
  str8(text: string): this {
    const length = utf8Length(text);
    if (length > 0xff) throw new ProtocolError(`text has ${length} bytes, at most 255 fit`);
    return this.u8(length).#text(text, length);
  }

  /** A byte length (u32), then the text as UTF-8. */
  str32(text: string): this {
    const length = utf8Length(text);
    return this.u32(length).#text(text, length);
  }

  /** Overwrites four bytes written earlier, for lengths and counts known only afterwards. */
  patchU32(at: number, value: number): this {
    checkInteger(value, MAX_U32);
    if (at < 0 || at + 4 > this.#length) throw new ProtocolError("patch outside of what was written", at);
    this.#buffer.writeUInt32LE(value, at);
    return this;
  }

  /** What was written, as a view: it stays valid until the writer is reset and written again. */
  finish(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  reset(): this {
    this.#length = 0;
    return this;
  }

  #text(text: string, length: number): this {
    const at = this.#reserve(length);
    this.#buffer.write(text, at, length, "utf8");
    return this;
  }

  #reserve(length: number): number {
    const at = this.#length;
    const end = at + length;
    if (end > this.#buffer.length) {
      const grown = Buffer.allocUnsafe(Math.max(end, this.#buffer.length * 2));
      this.#buffer.copy(grown, 0, 0, at);
      this.#buffer = grown;
    }
    this.#length = end;
    return at;
  }
}

function utf8Length(text: string): number {
  if (!text.isWellFormed()) throw new ProtocolError("text has a lone surrogate and no UTF-8 form");
  return Buffer.byteLength(text, "utf8");
}

function checkInteger(value: number, max: number): void {
  if (!Number.isInteger(value) || value < 0 || value > max) {
    throw new ProtocolError(`${value} is not an integer from 0 to ${max}`);
  }
}

function checkBigInteger(value: bigint, max: bigint): void {
  if (value < 0n || value > max) throw new ProtocolError(`${value} is not an integer from 0 to ${max}`);
}
