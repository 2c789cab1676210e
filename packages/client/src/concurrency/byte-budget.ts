interface Waiter {
  readonly bytes: number;
  readonly admit: () => void;
}

/**
 * Counts bytes that are held, up to a limit: of polled messages that are prefetched, in hand or staged, or of messages
 * on their way to Iggy. Bytes are reserved before they are held. Where nothing is held any size is admitted, so that
 * one poll or send larger than the whole budget is processed alone.
 */
export class ByteBudget {
  readonly #limit: number;
  readonly #onPressure: () => void;
  #used = 0;
  readonly #waiters: Waiter[] = [];

  /** `onPressure` is called when a caller has to wait: what is staged should be written. */
  constructor(limit: number, onPressure: () => void = () => {}) {
    this.#limit = limit;
    this.#onPressure = onPressure;
  }

  get used(): number {
    return this.#used;
  }

  /** Reserves without waiting. False: there is not enough capacity. */
  tryReserve(bytes: number): boolean {
    if (this.#waiters.length > 0 || !this.#fits(bytes)) return false;
    this.#used += bytes;
    return true;
  }

  /** Waits for capacity, in the order of the calls. False: the signal was aborted first and nothing is held. */
  async reserve(bytes: number, signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return false;
    if (this.tryReserve(bytes)) return true;
    this.#onPressure();
    return new Promise((resolve) => {
      const waiter: Waiter = {
        bytes,
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

  /** Replaces an estimate by the size that really came. */
  correct(from: number, to: number): void {
    this.#used += to - from;
    if (to < from) this.#admit();
  }

  release(bytes: number): void {
    this.#used -= bytes;
    this.#admit();
  }

  #fits(bytes: number): boolean {
    return this.#used === 0 || this.#used + bytes <= this.#limit;
  }

  #admit(): void {
    for (let waiter = this.#waiters[0]; waiter !== undefined && this.#fits(waiter.bytes); waiter = this.#waiters[0]) {
      this.#waiters.shift();
      this.#used += waiter.bytes;
      waiter.admit();
    }
    if (this.#waiters.length > 0) this.#onPressure();
  }
}
