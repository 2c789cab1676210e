import { checkedFrameSize } from "./frame-size.ts";
import { MAX_FRAME_SIZE, SIZE_AT } from "./header-layout.ts";

const PREFIX_SIZE = SIZE_AT + 4;

/**
 * Puts frames together from chunks whose memory is used again for the next chunk, as a socket with a read buffer of its
 * own gives them. Every frame is copied once, into a buffer of exactly its size that `allocate` gives when its size is
 * known. A size outside of 256 bytes … `maxFrameSize` throws `ProtocolError` before anything is allocated; the stream
 * cannot be read on after that.
 */
export class FrameAssembler {
  readonly #allocate: (size: number) => Buffer;
  readonly #maxFrameSize: number;
  /** The start of a frame whose size is not known yet. */
  readonly #prefix = Buffer.allocUnsafeSlow(PREFIX_SIZE);
  #frame: Buffer | undefined;
  /** Bytes that are there of the frame, or of the prefix while there is no frame. */
  #filled = 0;

  constructor(allocate: (size: number) => Buffer = Buffer.allocUnsafeSlow, maxFrameSize: number = MAX_FRAME_SIZE) {
    this.#allocate = allocate;
    this.#maxFrameSize = maxFrameSize;
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
      if (this.#frame === undefined) {
        this.#frame = this.#allocate(checkedFrameSize(this.#prefix, this.#maxFrameSize));
        this.#prefix.copy(this.#frame);
      } else {
        const frame = this.#frame;
        this.#frame = undefined;
        this.#filled = 0;
        onFrame(frame);
      }
    }
  }
}
