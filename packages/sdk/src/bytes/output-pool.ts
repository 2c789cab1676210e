import { OutputBuffer } from "./output-buffer.ts";

/** Buffers that are kept, and the most bytes that one of them may have: more would only hold memory of a rare batch. */
const KEPT = 2;
const MAX_KEPT_BYTES = 4 * 1024 * 1024;

/** Output buffers that serve one batch after the other: memory outside the heap is cheap to write and costly to collect. */
export class OutputPool {
  readonly #free: OutputBuffer[] = [];

  /** A buffer with room for `capacity` bytes. */
  take(capacity: number): OutputBuffer {
    const output = this.#free.pop();
    if (output === undefined) return new OutputBuffer(capacity);
    output.position = 0;
    output.reserve(capacity);
    return output;
  }

  /** Nobody looks at what was written any more. */
  give(output: OutputBuffer): void {
    if (this.#free.length < KEPT && output.bytes.length <= MAX_KEPT_BYTES) this.#free.push(output);
  }
}
