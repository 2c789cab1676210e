/** What has to be settled by a point in time, on the clock of `performance.now()`. */
export interface Timed {
  readonly deadline: number;
  readonly settled: boolean;
}

/** Longer delays would fire at once. */
const LONGEST_DELAY = 2 ** 31 - 1;

/**
 * Tells of everything that is not settled when its deadline passes, with one timer for all: one for each call would be made and
 * thrown away with every poll. The timer keeps the process alive while anything is watched.
 */
export class Deadlines<Item extends Timed> {
  readonly #onPassed: (item: Item) => void;
  readonly #watched = new Set<Item>();
  #timer: NodeJS.Timeout | undefined;
  /** When the timer fires. It is left as it is when what it was set for is settled: most often the next call takes its place. */
  #firesAt = Number.POSITIVE_INFINITY;

  /** `onPassed` is called once for each item, which settles it. */
  constructor(onPassed: (item: Item) => void) {
    this.#onPassed = onPassed;
  }

  watch(item: Item): void {
    this.#watched.add(item);
    if (item.deadline < this.#firesAt) this.#fireAt(item.deadline);
    else if (this.#watched.size === 1) this.#timer?.ref();
  }

  /** The item is settled. */
  forget(item: Timed): void {
    if (this.#watched.delete(item as Item) && this.#watched.size === 0) this.#timer?.unref();
  }

  #fireAt(time: number): void {
    clearTimeout(this.#timer);
    this.#firesAt = time;
    this.#timer = setTimeout(() => this.#look(), Math.min(Math.max(0, time - performance.now()), LONGEST_DELAY));
  }

  #look(): void {
    this.#timer = undefined;
    this.#firesAt = Number.POSITIVE_INFINITY;
    // Timers may fire up to a millisecond early.
    const now = performance.now() + 1;
    const passed = [...this.#watched].filter(({ deadline }) => deadline <= now);
    for (const item of passed) {
      this.#watched.delete(item);
      if (!item.settled) this.#onPassed(item);
    }
    let earliest = Number.POSITIVE_INFINITY;
    for (const { deadline } of this.#watched) earliest = Math.min(earliest, deadline);
    if (earliest < this.#firesAt) this.#fireAt(earliest);
  }
}
