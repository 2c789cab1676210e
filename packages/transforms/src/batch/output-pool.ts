import { OutputBuffer } from "@iggy-connectors/sdk";

/** Number of buffers that are kept, and the largest size of one: a larger buffer would hold the memory of a rare batch. */
const KEPT = 2;
const MAX_KEPT_BYTES = 4 * 1024 * 1024;

/** Output buffers that are used for one batch after the other: memory outside the heap is cheap to write and expensive to collect. */
export class OutputPool {
  readonly #free: OutputBuffer[] = [];
  /**
   * The last larger buffer. It is there for the next batch as long as large ones follow each other, and the garbage collector takes it
   * once they do not.
   */
  #large: WeakRef<OutputBuffer> | undefined;

  /** A buffer with room for `capacity` bytes. */
  take(capacity: number): OutputBuffer {
    const output = (capacity > MAX_KEPT_BYTES ? this.#takeLarge() : undefined) ?? this.#free.pop();
    if (output === undefined) return new OutputBuffer(capacity);
    output.position = 0;
    output.reserve(capacity);
    return output;
  }

  /** Takes a buffer back. What was written to it must not be read afterwards. */
  give(output: OutputBuffer): void {
    if (output.bytes.length > MAX_KEPT_BYTES) this.#large = new WeakRef(output);
    else if (this.#free.length < KEPT) this.#free.push(output);
  }

  #takeLarge(): OutputBuffer | undefined {
    const large = this.#large?.deref();
    this.#large = undefined;
    return large;
  }
}
