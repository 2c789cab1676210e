/** Runs pieces of work one after the other. One that fails is its caller's concern and does not stop the next. */
export class SerialQueue {
  #last: Promise<unknown> = Promise.resolve();

  run<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => {
      // The caller is told.
    });
    return result;
  }

  /** Resolves when everything that was queued so far has ended. */
  get idle(): Promise<unknown> {
    return this.#last;
  }
}
