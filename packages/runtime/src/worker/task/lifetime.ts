/**
 * How a task ends. `stopping`: it takes nothing new and finishes the work in progress. `ended`: the deadline for that has
 * passed, what did not end is abandoned. The first failure that ends the task is kept.
 */
export class Lifetime {
  readonly #stopping = new AbortController();
  readonly #ended = new AbortController();
  readonly #stopTimeout: number;
  readonly #onStopping: () => void;
  #deadline: NodeJS.Timeout | undefined;
  #failure: { readonly error: unknown } | undefined;
  #over = false;

  constructor(stopTimeout: number, onStopping: () => void) {
    this.#stopTimeout = stopTimeout;
    this.#onStopping = onStopping;
  }

  get stopping(): AbortSignal {
    return this.#stopping.signal;
  }

  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  /** The error that ends the task; undefined where it was told to stop. */
  get failure(): { readonly error: unknown } | undefined {
    return this.#failure;
  }

  /** Starts stopping; `stopTimeout` milliseconds later the task has ended. */
  stop(): void {
    if (this.#over || this.#stopping.signal.aborted) return;
    this.#onStopping();
    this.#deadline = setTimeout(() => this.#ended.abort(), this.#stopTimeout);
    this.#stopping.abort();
  }

  /** Stops the task because of an error. Other work in progress may still finish. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    this.stop();
  }

  /** Ends at once, without waiting for work in progress. */
  end(): void {
    this.stop();
    clearTimeout(this.#deadline);
    this.#ended.abort();
  }

  /** Everything has ended: a later stop changes nothing. */
  close(): void {
    this.#over = true;
    clearTimeout(this.#deadline);
  }
}
