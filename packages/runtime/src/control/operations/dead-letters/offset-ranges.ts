interface Range {
  first: bigint;
  last: bigint;
}

/** A set of offsets, kept as ranges: a continuous replay takes the memory of one entry. */
export class OffsetRanges {
  readonly #ranges: Range[] = [];

  get rangeCount(): number {
    return this.#ranges.length;
  }

  has(offset: bigint): boolean {
    const range = this.#ranges[this.#rangeAt(offset)];
    return range !== undefined && offset <= range.last;
  }

  add(offset: bigint): void {
    const at = this.#rangeAt(offset);
    const before = this.#ranges[at];
    if (before !== undefined && offset <= before.last) return;
    const after = this.#ranges[at + 1];
    const touchesAfter = after !== undefined && after.first === offset + 1n;
    if (before !== undefined && before.last + 1n === offset) {
      before.last = touchesAfter ? after.last : offset;
      if (touchesAfter) this.#ranges.splice(at + 1, 1);
    } else if (touchesAfter) after.first = offset;
    else this.#ranges.splice(at + 1, 0, { first: offset, last: offset });
  }

  clear(): void {
    this.#ranges.length = 0;
  }

  /** Index of the last range that begins at or before `offset`; −1: none. */
  #rangeAt(offset: bigint): number {
    let low = 0;
    let high = this.#ranges.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      if (this.#ranges[middle]!.first <= offset) low = middle + 1;
      else high = middle - 1;
    }
    return high;
  }
}
