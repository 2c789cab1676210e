import { asBuffer } from "@iggy-connectors/sdk";

/** Bytes of the length before each value. */
const LENGTH_BYTES = 4;
/** The length of NULL. */
const NULL_LENGTH = -1;
/** Number of dimensions, whether there are NULLs, type of the elements, number of the elements, number of the first one. */
const HEADER_BYTES = 20;
/** Characters up to which writing a text by ourselves costs less than a call of Node.js. */
const SHORT_TEXT = 24;
const LAST_ASCII = 127;
/** Bytes of one UTF-16 code unit at most. */
const UTF8_BYTES = 3;
/** `pg_type.oid` of what elements are sent as. */
const BYTEA_OID = 17;
const TEXT_OID = 25;

/** What a value is compared by with the one of the row before it. */
type Comparable = string | Uint8Array | null;

/**
 * The values of a column, row by row. They are kept as the elements of an array in PostgreSQL's binary format (`array_recv` in its source): a
 * length of four bytes, −1 for NULL, and the value, a text or the bytes of a `bytea`. Nothing is escaped.
 */
export class Cells {
  readonly length: number;
  /** Whether the values are bytes, not text that the server reads. */
  readonly isBinary: boolean;
  /** Whether all rows have one value; it is kept once. */
  readonly isUniform: boolean;
  /** The elements, behind room for the header of an array. */
  readonly #memory: Buffer;
  /** Rows that do not say the column; NULL stands for their value. */
  readonly #absent: ReadonlySet<number>;
  #starts: Uint32Array | undefined;

  /** @param memory the elements, behind HEADER_BYTES of room. */
  constructor(memory: Buffer, length: number, isUniform: boolean, isBinary: boolean, absent: ReadonlySet<number>) {
    this.#memory = memory;
    this.length = length;
    this.isUniform = isUniform;
    this.isBinary = isBinary;
    this.#absent = absent;
  }

  /** How many rows do not say the column. */
  get absences(): number {
    return this.#absent.size;
  }

  isAbsent(row: number): boolean {
    return this.#absent.has(row);
  }

  /** The bytes of a value. */
  value(row: number): Buffer | null {
    const start = this.#start(row);
    const length = this.#memory.readInt32BE(start);
    return length === NULL_LENGTH ? null : this.#memory.subarray(start + LENGTH_BYTES, start + LENGTH_BYTES + length);
  }

  /** Rows `start` … `end` − 1. */
  range(start: number, end: number): Cells {
    if (start === 0 && end === this.length) return this;
    const memory = this.isUniform
      ? this.#memory
      : withRoom([this.#memory.subarray(this.#start(start), this.#start(end))]);
    const absent = new Set<number>();
    for (const row of this.#absent) if (row >= start && row < end) absent.add(row - start);
    return new Cells(memory, end - start, this.isUniform || end === start, this.isBinary, absent);
  }

  /** These rows, in this order. */
  pick(rows: readonly number[]): Cells {
    const absent = new Set<number>();
    for (const [index, row] of rows.entries()) if (this.#absent.has(row)) absent.add(index);
    const memory = this.isUniform
      ? this.#memory
      : withRoom(rows.map((row) => this.#memory.subarray(this.#start(row), this.#start(row + 1))));
    return new Cells(memory, rows.length, this.isUniform || rows.length === 0, this.isBinary, absent);
  }

  /** As the parameter of one array of `text`, or of `bytea`. There is at least one row, and not all have one value. */
  array(): Buffer {
    const array = this.#memory;
    array.writeInt32BE(1, 0);
    // Whether there are NULLs; the server looks for itself.
    array.writeInt32BE(0, 4);
    array.writeInt32BE(this.isBinary ? BYTEA_OID : TEXT_OID, 8);
    array.writeInt32BE(this.length, 12);
    array.writeInt32BE(1, 16);
    return array;
  }

  #start(row: number): number {
    if (this.isUniform || row === 0) return HEADER_BYTES;
    if (row === this.length) return this.#memory.length;
    this.#starts ??= this.#findStarts();
    return this.#starts[row]!;
  }

  #findStarts(): Uint32Array {
    const starts = new Uint32Array(this.length);
    let position = HEADER_BYTES;
    for (let row = 0; row < this.length; row++) {
      starts[row] = position;
      position += LENGTH_BYTES + Math.max(this.#memory.readInt32BE(position), 0);
    }
    return starts;
  }
}

/** Elements behind room for the header of their array. */
function withRoom(elements: readonly Buffer[]): Buffer {
  return Buffer.concat([Buffer.allocUnsafe(HEADER_BYTES), ...elements]);
}

/** Writes the values of a column. */
export class CellWriter {
  #bytes: Buffer;
  #position = HEADER_BYTES;
  /** Where the last row's value begins. */
  #last = HEADER_BYTES;
  #rows = 0;
  /** Whether all rows had one value so far, which is written once. */
  #uniform = true;
  #value: Comparable = null;
  #binary = false;
  #absent = new Set<number>();

  /** @param expected bytes. */
  constructor(expected: number) {
    this.#bytes = Buffer.allocUnsafeSlow(Math.max(expected, 256));
  }

  /** Begins again. The cells that were read before are no more. */
  clear(): void {
    this.#position = HEADER_BYTES;
    this.#last = HEADER_BYTES;
    this.#rows = 0;
    this.#uniform = true;
    this.#value = null;
    this.#binary = false;
    if (this.#absent.size > 0) this.#absent = new Set();
  }

  cells(): Cells {
    return new Cells(this.#bytes.subarray(0, this.#position), this.#rows, this.#uniform, this.#binary, this.#absent);
  }

  null(): void {
    if (this.#repeats(null)) return;
    this.#begin(0);
    this.#end(this.#position + LENGTH_BYTES, NULL_LENGTH);
  }

  absent(): void {
    this.#absent.add(this.#rows);
    this.null();
  }

  plain(text: string): void {
    if (this.#repeats(text)) return;
    this.#begin(text.length);
    const bytes = this.#bytes;
    let position = this.#position + LENGTH_BYTES;
    for (let index = 0; index < text.length; index++) bytes[position++] = text.charCodeAt(index);
    this.#end(position, text.length);
  }

  text(text: string): void {
    if (this.#repeats(text)) return;
    this.#begin(text.length * UTF8_BYTES);
    const start = this.#position + LENGTH_BYTES;
    const length = text.length <= SHORT_TEXT ? this.#shortText(text, start) : -1;
    const written = length >= 0 ? length : this.#bytes.write(text, start);
    this.#end(start + written, written);
  }

  /** Writes it character by character, as long as it is ASCII. −1: it is not. */
  #shortText(text: string, start: number): number {
    const bytes = this.#bytes;
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index);
      if (code > LAST_ASCII) return -1;
      bytes[start + index] = code;
    }
    return text.length;
  }

  bytes(value: Uint8Array): void {
    if (this.#repeats(value)) return;
    this.#begin(value.length);
    const start = this.#position + LENGTH_BYTES;
    asBuffer(value).copy(this.#bytes, start);
    this.#end(start + value.length, value.length);
  }

  binary(value: Uint8Array): void {
    this.#binary = true;
    this.bytes(value);
  }

  /** Takes back the last row. */
  discard(): void {
    this.#rows--;
    this.#absent.delete(this.#rows);
    this.#position = this.#last;
  }

  /** Whether the value is the one of all rows so far; then it is counted. */
  #repeats(value: Comparable): boolean {
    if (!this.#uniform) return false;
    if (this.#rows === 0) {
      this.#value = value;
      return false;
    }
    if (value === this.#value) {
      this.#rows++;
      this.#last = this.#position;
      return true;
    }
    this.#uniform = false;
    this.#repeatElement();
    return false;
  }

  /** Writes the only value once for each row. */
  #repeatElement(): void {
    const start = HEADER_BYTES;
    const size = this.#position - start;
    const end = start + size * this.#rows;
    this.#reserve(end - this.#position);
    for (let position = this.#position; position < end; position += size)
      this.#bytes.copy(this.#bytes, position, start, start + size);
    this.#position = end;
  }

  /** Begins a value of at most `length` bytes. */
  #begin(length: number): void {
    this.#reserve(LENGTH_BYTES + length);
    this.#last = this.#position;
  }

  #end(position: number, length: number): void {
    const bytes = this.#bytes;
    const start = this.#position;
    bytes[start] = length >>> 24;
    bytes[start + 1] = length >>> 16;
    bytes[start + 2] = length >>> 8;
    bytes[start + 3] = length;
    this.#position = position;
    this.#rows++;
  }

  #reserve(length: number): void {
    const needed = this.#position + length;
    if (needed <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2));
    this.#bytes.copy(grown, 0, 0, this.#position);
    this.#bytes = grown;
  }
}
