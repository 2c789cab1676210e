/**
 * What a partition has in delivery, at most as much at once as its limit. Begins in order; after a piece of work that did
 * not end, nothing is begun any more.
 */
export class Deliveries {
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

  /** While `settling` goes on, nothing new may begin. */
  async holdWhile<Result>(settling: Promise<Result>): Promise<Result> {
    this.#holds.add(settling);
    try {
      return await settling;
    } finally {
      this.#holds.delete(settling);
    }
  }

  /** Invariant 6: waits for failures that are not settled, which nothing may pass. False: nothing is begun any more. */
  async mayBegin(): Promise<boolean> {
    while (this.#holds.size > 0) await Promise.race(this.#holds);
    return !this.#halted;
  }

  /** Begins; `work` says whether it ended. Resolves when there is room for the next one, or false: there will be none. */
  async begin(work: () => Promise<boolean>): Promise<boolean> {
    const running: Promise<void> = this.#run(work).finally(() => this.#working.delete(running));
    this.#working.add(running);
    while (this.#working.size >= this.#limit) await Promise.race(this.#working);
    return !this.#halted;
  }

  async settled(): Promise<void> {
    await Promise.all(this.#working);
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
