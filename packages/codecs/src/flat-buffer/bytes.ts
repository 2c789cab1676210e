import { signed64, unsigned64 } from "../primitives/integers.ts";
import { readUtf8 } from "../primitives/utf8.ts";
import { Base } from "./model.ts";

/** Thrown by readers. The codec adds the field's path. */
export class FlatFault extends Error {}

/** The most tables that one buffer may represent: offsets may share tables, so that a small buffer can represent a huge value. */
const MAX_TABLES = 1_000_000;
/** The most characters and elements that one buffer may represent, since strings and vectors may be shared as well. */
const MAX_CONTENT = 64 * 1024 * 1024;

/** A table: its position and that of its vtable. */
export interface TablePlace {
  readonly at: number;
  readonly size: number;
  readonly vtable: number;
  readonly vtableSize: number;
}

/** Reads FlatBuffers' primitives from a buffer; every read is checked against the end. */
export class FlatBytes {
  readonly #bytes: Buffer;
  #tables = MAX_TABLES;
  #content = MAX_CONTENT;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get length(): number {
    return this.#bytes.length;
  }

  /** Four characters at bytes 4 to 7. */
  get identifier(): string {
    return this.#bytes.toString("latin1", 4, this.#check(4, 4) + 4);
  }

  uint8(at: number): number {
    return this.#bytes[this.#check(at, 1)]!;
  }

  uint16(at: number): number {
    return this.#bytes.readUInt16LE(this.#check(at, 2));
  }

  uint32(at: number): number {
    return this.#bytes.readUInt32LE(this.#check(at, 4));
  }

  int32(at: number): number {
    return this.#bytes.readInt32LE(this.#check(at, 4));
  }

  /** A scalar other than bool. */
  scalar(base: number, at: number): number | bigint {
    switch (base) {
      case Base.int8:
        return (this.uint8(at) << 24) >> 24;
      case Base.int16:
        return (this.uint16(at) << 16) >> 16;
      case Base.uint16:
        return this.uint16(at);
      case Base.int32:
        return this.int32(at);
      case Base.uint32:
        return this.uint32(at);
      case Base.int64:
        return signed64(this.uint32(at), this.uint32(at + 4));
      case Base.uint64:
        return unsigned64(this.uint32(at), this.uint32(at + 4));
      case Base.float:
        return this.#bytes.readFloatLE(this.#check(at, 4));
      case Base.double:
        return this.#bytes.readDoubleLE(this.#check(at, 8));
      default:
        return this.uint8(at);
    }
  }

  /** The position that the offset at a position refers to. */
  follow(at: number): number {
    return this.#check(at + this.uint32(at), 4);
  }

  string(at: number): string {
    const length = this.uint32(at);
    const start = this.#check(at + 4, length);
    this.#spend(length);
    const text = readUtf8(this.#bytes, start, start + length);
    if (text === undefined) throw new FlatFault("its bytes are not UTF-8");
    return text;
  }

  /** The number of elements of a vector whose elements take `size` bytes each; the first one begins 4 bytes after `at`. */
  vectorLength(at: number, size: number): number {
    const length = this.uint32(at);
    this.#check(at + 4, length * size);
    this.#spend(length);
    return length;
  }

  table(at: number): TablePlace {
    this.#tables -= 1;
    if (this.#tables < 0) throw new FlatFault(`it represents more than ${MAX_TABLES} tables`);
    const vtable = at - this.int32(at);
    const vtableSize = this.uint16(vtable);
    const size = this.uint16(vtable + 2);
    if (vtableSize < 4 || vtableSize % 2 !== 0 || size < 4) throw new FlatFault("a table is malformed");
    this.#check(vtable, vtableSize);
    this.#check(at, size);
    return { at, size, vtable, vtableSize };
  }

  /** The position of a table's field of `size` bytes; undefined: it is absent. */
  field(table: TablePlace, id: number, size: number): number | undefined {
    const entry = 4 + 2 * id;
    if (entry + 2 > table.vtableSize) return undefined;
    const offset = this.uint16(table.vtable + entry);
    if (offset === 0) return undefined;
    if (offset < 4 || offset + size > table.size) throw new FlatFault("a field lies outside of its table");
    return table.at + offset;
  }

  #spend(amount: number): void {
    this.#content -= amount;
    if (this.#content < 0) throw new FlatFault(`it represents more than ${MAX_CONTENT} characters and elements`);
  }

  #check(at: number, length: number): number {
    if (at < 0 || length > this.#bytes.length - at) throw new FlatFault("an offset points beyond the end");
    return at;
  }
}
