import type { RuntimeEvent } from "./connector-observer.ts";

/** Tells whoever listens what the connectors go through. */
export class RuntimeEvents {
  readonly #listeners = new Set<(event: RuntimeEvent) => void>();

  /** Returns what ends it. */
  listen(listener: (event: RuntimeEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  readonly tell = (event: RuntimeEvent): void => {
    for (const listener of this.#listeners) listener(event);
  };
}
