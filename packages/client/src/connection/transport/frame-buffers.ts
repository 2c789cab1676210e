/** Smaller frames are not worth keeping. */
const SMALLEST = 32 * 1024;
/** Bytes kept for reuse at most. */
const CAPACITY = 16 * 1024 * 1024;

/**
 * Memory of large received frames, used again once its owner gives it back. A client that polls at full speed would
 * otherwise allocate hundreds of megabytes a second outside the heap, and the garbage collector would run all the time.
 * Memory that is not given back is collected by the garbage collector.
 */
export class FrameBuffers {
  readonly #free: ArrayBuffer[] = [];
  readonly #lent = new WeakSet<ArrayBufferLike>();
  #freeBytes = 0;

  /** A buffer of exactly `size` bytes with arbitrary content. */
  take(size: number): Buffer {
    if (size < SMALLEST) return Buffer.allocUnsafe(size);
    const index = this.#free.findIndex((memory) => memory.byteLength >= size);
    const memory = index < 0 ? new ArrayBuffer(roomFor(size)) : this.#takeFree(index);
    this.#lent.add(memory);
    return Buffer.from(memory, 0, size);
  }

  /**
   * The memory behind `bytes` is no longer used. Memory that does not belong to the pool, or was given back before, is
   * ignored.
   */
  giveBack(bytes: Uint8Array): void {
    const memory = bytes.buffer;
    if (!this.#lent.delete(memory) || this.#freeBytes + memory.byteLength > CAPACITY) return;
    this.#free.push(memory as ArrayBuffer);
    this.#freeBytes += memory.byteLength;
  }

  #takeFree(index: number): ArrayBuffer {
    const [memory] = this.#free.splice(index, 1) as [ArrayBuffer];
    this.#freeBytes -= memory.byteLength;
    return memory;
  }
}

/** Rounded up to steps of 64 KiB, because replies of one topic differ a little in size. */
function roomFor(size: number): number {
  return Math.ceil((size * 1.125) / 65_536) * 65_536;
}
