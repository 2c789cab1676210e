import { SerialQueue } from "../../serial-queue.ts";

/**
 * Runs the operations on one connector one after the other. Each new operation signals the one under way that it should
 * not wait any longer: an operator's stop does not wait for a slow start.
 */
export class OperationQueue {
  readonly #queue = new SerialQueue();
  #superseded = new AbortController();
  #ended = false;

  next<Result>(operation: (superseded: AbortSignal) => Promise<Result>): Promise<Result> {
    this.#superseded.abort();
    const controller = new AbortController();
    this.#superseded = controller;
    return this.#queue.run(() => operation(controller.signal));
  }

  /** No new operation is started; the one under way may end. */
  end(): void {
    this.#ended = true;
    this.#superseded.abort();
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Resolves when no operation is under way. */
  get idle(): Promise<unknown> {
    return this.#queue.idle;
  }
}
