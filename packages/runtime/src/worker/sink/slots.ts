interface Waiter {
  readonly count: number;
  readonly admit: () => void;
}

/**
 * How many partitions may be in the plugin at once. First come, first served, so that every partition gets its turn;
 * taking all slots means nobody else is inside.
 */
export class Slots {
  readonly total: number;
  #free: number;
  readonly #waiters: Waiter[] = [];

  constructor(total: number) {
    this.total = total;
    this.#free = total;
  }

  /** Whether somebody waits. */
  get contended(): boolean {
    return this.#waiters.length > 0;
  }

  /** False: the signal was aborted first and nothing was taken. */
  async take(count: number, signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return false;
    if (this.#waiters.length === 0 && this.#free >= count) {
      this.#free -= count;
      return true;
    }
    return new Promise((resolve) => {
      const waiter: Waiter = {
        count,
        admit: () => {
          signal.removeEventListener("abort", give);
          resolve(true);
        },
      };
      const give = (): void => {
        this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
        resolve(false);
        this.#admit();
      };
      signal.addEventListener("abort", give, { once: true });
      this.#waiters.push(waiter);
    });
  }

  give(count: number): void {
    this.#free += count;
    this.#admit();
  }

  #admit(): void {
    for (let waiter = this.#waiters[0]; waiter !== undefined && waiter.count <= this.#free; waiter = this.#waiters[0]) {
      this.#waiters.shift();
      this.#free -= waiter.count;
      waiter.admit();
    }
  }
}
