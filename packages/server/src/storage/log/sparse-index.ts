/** Log bytes between two entries: one entry per record when records are larger. */
const ENTRY_DISTANCE = 64 * 1024;

/**
 * Where records start in one segment, for about every 64 KiB of it: enough to begin a scan, small enough to stay in
 * memory (24 bytes per entry). Offsets ascend; timestamps never descend, because the log stamps them so.
 */
export class SparseIndex {
  #offsets = new Float64Array(16);
  #positions = new Float64Array(16);
  #timestamps = new Float64Array(16);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Notes a record that starts at `position`, unless the last entry is near enough. */
  note(offset: number, position: number, timestamp: number): void {
    if (this.#length > 0 && position - this.#positions[this.#length - 1]! < ENTRY_DISTANCE) return;
    if (this.#length === this.#offsets.length) this.#grow();
    this.#offsets[this.#length] = offset;
    this.#positions[this.#length] = position;
    this.#timestamps[this.#length] = timestamp;
    this.#length++;
  }

  /** Position from which a scan finds the record that holds `offset`. */
  positionForOffset(offset: number): number {
    return this.#positionBefore(this.#offsets, (value) => value <= offset);
  }

  /** Position from which a scan finds the first record stamped at or after `timestamp`. */
  positionForTimestamp(timestamp: number): number {
    return this.#positionBefore(this.#timestamps, (value) => value < timestamp);
  }

  /** The entries as bytes: three arrays one after another. */
  toBytes(): Buffer {
    const arrays = [this.#offsets, this.#positions, this.#timestamps];
    return Buffer.concat(
      arrays.map((array) => Buffer.from(array.buffer, array.byteOffset, this.#length * Float64Array.BYTES_PER_ELEMENT)),
    );
  }

  /** The reverse of {@link toBytes}; the caller has checked the bytes' checksum. */
  static fromBytes(bytes: Buffer): SparseIndex {
    const index = new SparseIndex();
    const length = bytes.length / (3 * Float64Array.BYTES_PER_ELEMENT);
    const all = new Float64Array(length * 3);
    Buffer.from(all.buffer).set(bytes);
    index.#offsets = all.slice(0, length);
    index.#positions = all.slice(length, length * 2);
    index.#timestamps = all.slice(length * 2);
    index.#length = length;
    return index;
  }

  /** Position of the last entry whose value passes; passing values come first. 0 when none passes. */
  #positionBefore(values: Float64Array, passes: (value: number) => boolean): number {
    let low = 0;
    let high = this.#length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (passes(values[middle]!)) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? 0 : this.#positions[low - 1]!;
  }

  #grow(): void {
    const capacity = Math.max(16, this.#offsets.length * 2);
    this.#offsets = enlarged(this.#offsets, capacity);
    this.#positions = enlarged(this.#positions, capacity);
    this.#timestamps = enlarged(this.#timestamps, capacity);
  }
}

function enlarged(array: Float64Array, capacity: number): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(capacity);
  larger.set(array);
  return larger;
}
