interface Waiter {
  readonly weight: number;
  readonly admit: () => void;
}

/**
 * Limits what is held at once: bytes of polled messages that are prefetched, in delivery or staged, bytes of messages on
 * their way to Iggy, or partitions that are in a plugin. First come, first served. Where nothing is held any weight is
 * admitted, so that one batch or send larger than the whole limit is processed alone.
 */
export class WeightedSemaphore {
  readonly limit: number;
  readonly #onPressure: () => void;
  #used = 0;
  readonly #waiters: Waiter[] = [];

  /** `onPressure` is called when a caller has to wait: what is staged should be written. */
  constructor(limit: number, onPressure: () => void = () => {}) {
    this.limit = limit;
    this.#onPressure = onPressure;
  }

  get used(): number {
    return this.#used;
  }

  /** Whether a caller waits. */
  get contended(): boolean {
    return this.#waiters.length > 0;
  }

  /** Acquires without waiting, where there is capacity and no caller waits for it. */
  tryAcquire(weight: number): boolean {
    if (this.#waiters.length > 0 || !this.#fits(weight)) return false;
    this.#used += weight;
    return true;
  }

  /** Waits for capacity. False: the signal was aborted first and nothing is held. */
  async acquire(weight: number, signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return false;
    if (this.tryAcquire(weight)) return true;
    this.#onPressure();
    return new Promise((resolve) => {
      const waiter: Waiter = {
        weight,
        admit: () => {
          signal.removeEventListener("abort", cancel);
          resolve(true);
        },
      };
      const cancel = (): void => {
        this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
        resolve(false);
        this.#admit();
      };
      signal.addEventListener("abort", cancel, { once: true });
      this.#waiters.push(waiter);
    });
  }

  /** Replaces an estimate by the actual weight. */
  correct(from: number, to: number): void {
    this.#used += to - from;
    if (to < from) this.#admit();
  }

  release(weight: number): void {
    this.#used -= weight;
    this.#admit();
  }

  #fits(weight: number): boolean {
    return this.#used === 0 || this.#used + weight <= this.limit;
  }

  #admit(): void {
    for (let waiter = this.#waiters[0]; waiter !== undefined && this.#fits(waiter.weight); waiter = this.#waiters[0]) {
      this.#waiters.shift();
      this.#used += waiter.weight;
      waiter.admit();
    }
    if (this.#waiters.length > 0) this.#onPressure();
  }
}
