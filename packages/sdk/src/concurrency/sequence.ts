/** Runs pieces of work one after the other, in the order in which they are given. One that fails does not stop the next. */
export class Sequence {
  #tail: Promise<unknown> = Promise.resolve();

  /** Resolves, or rejects, with the outcome of `work`. */
  run<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#tail.then(work);
    this.#tail = result.catch(() => undefined);
    return result;
  }

  /** Resolves when the work given so far has ended, with whatever outcome. */
  async ended(): Promise<void> {
    await this.#tail;
  }
}
