/**
 * What is asked of one connector happens one after the other. Each new request tells the one under way that it need not
 * wait any longer for what it waits for: an operator's stop does not queue behind a start that takes its time.
 */
export class Operations {
  #last: Promise<unknown> = Promise.resolve();
  #superseded = new AbortController();
  #ended = false;

  next<Result>(operation: (superseded: AbortSignal) => Promise<Result>): Promise<Result> {
    this.#superseded.abort();
    const controller = new AbortController();
    this.#superseded = controller;
    const result = this.#last.then(() => operation(controller.signal));
    this.#last = result.catch(() => {
      // Whoever asked for it is told.
    });
    return result;
  }

  /** Nothing new is begun; what is under way may end. */
  end(): void {
    this.#ended = true;
    this.#superseded.abort();
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Resolves when nothing is under way. */
  get idle(): Promise<unknown> {
    return this.#last;
  }
}
