import { type FrameSizing, VSR_SIZING } from "./frame-size.ts";
import { MAX_FRAME_SIZE } from "./header-layout.ts";

/**
 * Puts frames together from chunks whose memory is used again for the next chunk, as a socket with a read buffer of its
 * own gives them. Every frame is copied once, into a buffer of exactly its size that `allocate` gives when its size is
 * known. A size that `sizing` does not allow, or above `maxFrameSize`, throws `ProtocolError` before anything is
 * allocated; the stream cannot be read on after that.
 */
export class FrameAssembler {
  readonly #allocate: (size: number) => Buffer;
  readonly #maxFrameSize: number;
  readonly #sizing: FrameSizing;
  /** The start of a frame whose size is not known yet. */
  readonly #prefix: Buffer;
  #frame: Buffer | undefined;
  /** Bytes that are there of the frame, or of the prefix while there is no frame. */
  #filled = 0;

  constructor(
    allocate: (size: number) => Buffer = Buffer.allocUnsafeSlow,
    maxFrameSize: number = MAX_FRAME_SIZE,
    sizing: FrameSizing = VSR_SIZING,
  ) {
    this.#allocate = allocate;
    this.#maxFrameSize = maxFrameSize;
    this.#sizing = sizing;
    this.#prefix = Buffer.allocUnsafeSlow(sizing.prefixSize);
  }

  /** A frame has begun and is not complete. */
  get isMidFrame(): boolean {
    return this.#filled > 0;
  }

  /** Takes in all of `chunk` and hands over every frame that it completes. */
  push(chunk: Buffer, onFrame: (frame: Buffer) => void): void {
    let at = 0;
    while (at < chunk.length) {
      const into = this.#frame ?? this.#prefix;
      const length = Math.min(into.length - this.#filled, chunk.length - at);
      chunk.copy(into, this.#filled, at, at + length);
      at += length;
      this.#filled += length;
      if (this.#filled < into.length) return;
      const frame = this.#frame ?? this.#begin();
      // A frame may be no longer than its prefix; then there is nothing to wait for.
      if (this.#filled < frame.length) continue;
      this.#frame = undefined;
      this.#filled = 0;
      onFrame(frame);
    }
  }

  #begin(): Buffer {
    const frame = this.#allocate(this.#sizing.sizeOf(this.#prefix, this.#maxFrameSize));
    this.#prefix.copy(frame);
    this.#frame = frame;
    return frame;
  }
}
