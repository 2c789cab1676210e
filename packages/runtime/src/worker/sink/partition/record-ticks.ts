/** Milliseconds between two looks of a partition whether there is something to tell the sink. */
const TICK = 1000;

/** Wakes the record keepers of a task: one timer for all its partitions, and none where no partition has a keeper. */
export class RecordTicks {
  readonly #keepers = new Set<() => void>();
  #timer: NodeJS.Timeout | undefined;

  /** @returns what ends it. */
  start(tick: () => void): () => void {
    this.#keepers.add(tick);
    this.#timer ??= setInterval(() => {
      for (const keeper of this.#keepers) keeper();
    }, TICK);
    return () => {
      this.#keepers.delete(tick);
      if (this.#keepers.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    };
  }
}
