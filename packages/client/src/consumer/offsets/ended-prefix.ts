/** Consecutive open messages, and how far they have ended. */
export interface OpenRange<Note> {
  readonly first: bigint;
  readonly last: bigint;
  readonly note: Note;
  /** Everything of the range up to here has ended; before `first`: nothing. */
  through: bigint;
}

/**
 * The open messages of one partition, oldest first. However ranges end among themselves, what may be stored is the end of
 * the ended messages before which none is open.
 */
export class EndedPrefix<Note = undefined> {
  readonly #open: OpenRange<Note>[] = [];

  /** Ranges that have not ended, or wait for one before them. */
  get size(): number {
    return this.#open.length;
  }

  get oldest(): OpenRange<Note> | undefined {
    return this.#open[0];
  }

  /** `first` lies behind every range opened before. */
  open(first: bigint, last: bigint, note: Note): OpenRange<Note> {
    const range = { first, last, note, through: first - 1n };
    this.#open.push(range);
    return range;
  }

  /** The range that ends with this offset; undefined when it is not open. */
  endingWith(last: bigint): OpenRange<Note> | undefined {
    return this.#open.find((range) => range.last === last);
  }

  /**
   * Everything of the range up to `through` has ended. How far the prefix reaches now; undefined when a message before the
   * range is open, or nothing of the first open range has ended.
   */
  end(range: OpenRange<Note>, through: bigint = range.last): bigint | undefined {
    if (through > range.through) range.through = through;
    let prefix: bigint | undefined;
    for (let head = this.#open[0]; head !== undefined; head = this.#open[0]) {
      if (head.through >= head.first) prefix = head.through;
      if (head.through < head.last) break;
      this.#open.shift();
    }
    return prefix;
  }

  /** The range and those behind it will not end. */
  cut(range: OpenRange<Note>): void {
    const index = this.#open.indexOf(range);
    if (index >= 0) this.#open.length = index;
  }

  clear(): void {
    this.#open.length = 0;
  }
}
