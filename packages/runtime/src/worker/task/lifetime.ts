/**
 * How a task ends. `stopping`: take nothing new, finish what is in hand. `ended`: the deadline for that has passed, what
 * did not end is abandoned. The first failure that ends the task is kept.
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

  /** Why the task ends by itself; undefined when it was asked to. */
  get failure(): { readonly error: unknown } | undefined {
    return this.#failure;
  }

  /** Begins the end; `stopTimeout` milliseconds later it is over. */
  stop(): void {
    if (this.#over || this.#stopping.signal.aborted) return;
    this.#onStopping();
    this.#deadline = setTimeout(() => this.#ended.abort(), this.#stopTimeout);
    this.#stopping.abort();
  }

  /** Ends the task because of an error. Whatever else is in hand may still finish. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    this.stop();
  }

  /** Ends at once: nothing in hand is waited for. */
  end(): void {
    this.stop();
    clearTimeout(this.#deadline);
    this.#ended.abort();
  }

  /** Everything has ended: a stop that comes now changes nothing. */
  close(): void {
    this.#over = true;
    clearTimeout(this.#deadline);
  }
}
