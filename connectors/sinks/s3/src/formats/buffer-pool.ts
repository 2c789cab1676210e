import { OutputBuffer } from "@iggy-connectors/sdk";

const FIRST_CAPACITY = 64 * 1024;
/** Bytes that are kept for later objects: enough for some of usual size, little beside what a flush holds. */
const MAX_KEPT = 32 * 1024 ** 2;

/** Memory of objects that were written, for the next ones: growing a new buffer each time costs more than filling it. */
export class BufferPool {
  #kept: OutputBuffer[] = [];
  #bytes = 0;

  take(): OutputBuffer {
    const buffer = this.#kept.pop();
    if (buffer === undefined) return new OutputBuffer(FIRST_CAPACITY);
    this.#bytes -= buffer.bytes.length;
    buffer.position = 0;
    return buffer;
  }

  /** The buffer is no longer read. */
  give(buffer: OutputBuffer): void {
    if (this.#bytes + buffer.bytes.length > MAX_KEPT) return;
    this.#kept.push(buffer);
    this.#bytes += buffer.bytes.length;
  }
}
