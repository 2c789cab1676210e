import { ProtocolError } from "../errors.ts";
import { type FrameSizing, VSR_SIZING } from "./frame-size.ts";
import { MAX_FRAME_SIZE } from "./header-layout.ts";

/**
 * Cuts a byte stream into frames. A frame that lies within one chunk is returned as a view of it; any other is copied
 * once into a buffer of exactly its size, which is allocated when its size is known and filled as chunks arrive.
 * A size that `sizing` does not allow, or above `maxFrameSize`, throws {@link ProtocolError} before anything is
 * allocated; the stream cannot be read on after that.
 */
export class FrameSplitter {
  readonly #maxFrameSize: number;
  readonly #sizing: FrameSizing;
  #chunks: Buffer[] = [];
  /** Consumed bytes of the first chunk. */
  #offset = 0;
  #buffered = 0;
  #partial: Buffer | undefined;
  #filled = 0;

  constructor(maxFrameSize: number = MAX_FRAME_SIZE, sizing: FrameSizing = VSR_SIZING) {
    if (maxFrameSize < sizing.smallest) throw new ProtocolError(`a frame has at least ${sizing.smallest} bytes`);
    this.#maxFrameSize = maxFrameSize;
    this.#sizing = sizing;
  }

  push(chunk: Buffer): void {
    if (chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.#buffered += chunk.length;
  }

  /** The next whole frame, or `undefined` until more bytes are pushed. Call it until it returns `undefined`. */
  next(): Buffer | undefined {
    if (this.#partial !== undefined) return this.#continue(this.#partial);
    if (this.#buffered < this.#sizing.prefixSize) return undefined;
    const size = this.#sizing.sizeOf(this.#prefix(), this.#maxFrameSize);
    const first = this.#chunks[0]!;
    if (first.length - this.#offset >= size) {
      const frame = first.subarray(this.#offset, this.#offset + size);
      this.#consume(size);
      return frame;
    }
    this.#partial = Buffer.allocUnsafeSlow(size);
    this.#filled = 0;
    return this.#continue(this.#partial);
  }

  #continue(frame: Buffer): Buffer | undefined {
    while (this.#filled < frame.length && this.#buffered > 0) {
      const chunk = this.#chunks[0]!;
      const length = Math.min(chunk.length - this.#offset, frame.length - this.#filled);
      chunk.copy(frame, this.#filled, this.#offset, this.#offset + length);
      this.#filled += length;
      this.#consume(length);
    }
    if (this.#filled < frame.length) return undefined;
    this.#partial = undefined;
    return frame;
  }

  /** Advances within the first chunk. */
  #consume(length: number): void {
    this.#offset += length;
    this.#buffered -= length;
    if (this.#offset < this.#chunks[0]!.length) return;
    this.#chunks.shift();
    this.#offset = 0;
  }

  /** The start of the next frame as far as its size field, gathered where tiny chunks tore it. */
  #prefix(): Buffer {
    const first = this.#chunks[0]!;
    const end = this.#offset + this.#sizing.prefixSize;
    const prefix = first.length >= end ? first : Buffer.concat(this.#chunks, end);
    return prefix.subarray(this.#offset, end);
  }
}
