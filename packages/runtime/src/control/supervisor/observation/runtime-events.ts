import type { RuntimeEvent } from "./connector-observer.ts";

/** Passes events on to all listeners. */
export class RuntimeEvents {
  readonly #listeners = new Set<(event: RuntimeEvent) => void>();

  /** Returns a function that removes the listener. */
  listen(listener: (event: RuntimeEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  readonly emit = (event: RuntimeEvent): void => {
    for (const listener of this.#listeners) listener(event);
  };
}
