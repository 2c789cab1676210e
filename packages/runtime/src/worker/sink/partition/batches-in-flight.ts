/**
 * The batches of a partition that are being delivered, at most `limit` at once. They begin in order; after one that did not
 * end, none is begun any more.
 */
export class BatchesInFlight {
  readonly #limit: number;
  readonly #onError: (error: unknown) => void;
  readonly #working = new Set<Promise<void>>();
  /** Failures that are being settled. */
  readonly #holds = new Set<Promise<unknown>>();
  #halted = false;

  constructor(limit: number, onError: (error: unknown) => void) {
    this.#limit = limit;
    this.#onError = onError;
  }

  /** While `settling` goes on, no batch is begun. */
  async holdWhile<Result>(settling: Promise<Result>): Promise<Result> {
    this.#holds.add(settling);
    try {
      return await settling;
    } finally {
      this.#holds.delete(settling);
    }
  }

  /** Invariant 6: waits for failures that are not settled, which nothing may pass. False: no batch is begun any more. */
  async mayBegin(): Promise<boolean> {
    while (this.#holds.size > 0) await Promise.race(this.#holds);
    return !this.#halted;
  }

  /** Begins a batch; `work` says whether it ended. Resolves when the next one may begin, or false: none is begun any more. */
  async begin(work: () => Promise<boolean>): Promise<boolean> {
    const running: Promise<void> = this.#run(work).finally(() => this.#working.delete(running));
    this.#working.add(running);
    await this.#waitForCapacity();
    return !this.#halted;
  }

  /** Resolves when no batch is being delivered. */
  async settled(): Promise<void> {
    await Promise.all(this.#working);
  }

  async #waitForCapacity(): Promise<void> {
    while (this.#working.size >= this.#limit) await Promise.race(this.#working);
  }

  async #run(work: () => Promise<boolean>): Promise<void> {
    try {
      if (!(await work())) this.#halted = true;
    } catch (error) {
      this.#halted = true;
      this.#onError(error);
    }
  }
}
