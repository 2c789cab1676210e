import { asBuffer } from "./as-buffer.ts";
import { copyRange, LOOP_LIMIT } from "./copy-range.ts";
import { toOneLine } from "./one-line.ts";

const LINE_FEED = 0x0a;
/** The most bytes of UTF-8 that one UTF-16 code unit takes. */
const BYTES_PER_CODE_UNIT = 3;

/**
 * A growing buffer that payloads are written to, one after the other. Keep positions as offsets: growing replaces `bytes`.
 */
export class OutputBuffer {
  bytes: Buffer;
  /** Offset of the next byte to be written. */
  position = 0;

  constructor(capacity: number) {
    this.bytes = Buffer.allocUnsafeSlow(capacity);
  }

  /** Grows `bytes` so that `length` more bytes fit after `position`. */
  reserve(length: number): void {
    const needed = this.position + length;
    if (needed <= this.bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.bytes.length * 2));
    this.bytes.copy(grown, 0, 0, this.position);
    this.bytes = grown;
  }

  writeByte(byte: number): void {
    this.reserve(1);
    this.bytes[this.position++] = byte;
  }

  /** Appends a string as UTF-8. */
  writeText(text: string): void {
    this.reserve(text.length * BYTES_PER_CODE_UNIT);
    if (text.length > LOOP_LIMIT || !this.#writeAscii(text)) this.position += this.bytes.write(text, this.position);
  }

  /** Appends a copy of the bytes. */
  writeBytes(bytes: Uint8Array): void {
    this.writeRange(asBuffer(bytes), 0, bytes.length);
  }

  /** Appends a copy of `source[start, end)`. */
  writeRange(source: Buffer, start: number, end: number): void {
    this.reserve(end - start);
    this.position = copyRange(source, start, end, this.bytes, this.position);
  }

  /** Writes a JSON text on one line: its line feeds, which are white space between tokens, become spaces. */
  writeJsonLine(json: Uint8Array): void {
    const source = asBuffer(json);
    const start = this.position;
    this.writeBytes(source);
    if (source.includes(LINE_FEED)) toOneLine(this.bytes, start, this.position);
  }

  /** Writes a short text byte by byte into what is reserved; false, with nothing appended, where it is not ASCII. */
  #writeAscii(text: string): boolean {
    const { bytes, position } = this;
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index);
      if (code >= 0x80) return false;
      bytes[position + index] = code;
    }
    this.position = position + text.length;
    return true;
  }
}
