/** A batch that was handed out. */
export interface HandedOut {
  readonly lastOffset: bigint;
  ended: boolean;
}

/**
 * The batches of one partition that were handed out, in their order, and which of them have ended. Batches may end in any
 * order; only the end of those that have ended without a gap before them may be stored.
 */
export class EndedPrefix {
  readonly #open: HandedOut[] = [];

  /** Batches that have not ended, or wait for one before them. */
  get size(): number {
    return this.#open.length;
  }

  /** `lastOffset` is larger than that of every batch handed out before. */
  handOut(lastOffset: bigint): HandedOut {
    const handed = { lastOffset, ended: false };
    this.#open.push(handed);
    return handed;
  }

  /** The new end of the prefix; undefined when an earlier batch is still open, or the batch had ended before. */
  end(handed: HandedOut): bigint | undefined {
    if (handed.ended) return undefined;
    handed.ended = true;
    let through: bigint | undefined;
    for (let first = this.#open[0]; first?.ended === true; first = this.#open[0]) {
      through = first.lastOffset;
      this.#open.shift();
    }
    return through;
  }

  /** The batch and those behind it will not end. */
  cut(handed: HandedOut): void {
    const index = this.#open.indexOf(handed);
    if (index >= 0) this.#open.length = index;
  }

  clear(): void {
    this.#open.length = 0;
  }
}
