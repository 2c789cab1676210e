/** A file that may be closed while it is not in use; its next use opens it again. */
interface Closable {
  /** @returns whether it is closed now. */
  closeIfIdle(): boolean;
}

/** Bounds the open files of all logs together: the one not used for longest is closed first. */
export class OpenSegments {
  readonly #most: number;
  /** Least recently used first. */
  readonly #open = new Set<Closable>();

  constructor(most: number) {
    this.#most = most;
  }

  used(file: Closable): void {
    this.#open.delete(file);
    this.#open.add(file);
    if (this.#open.size > this.#most) this.#closeSurplus();
  }

  closed(file: Closable): void {
    this.#open.delete(file);
  }

  /** Files in use stay open; they are closed with a later use. */
  #closeSurplus(): void {
    for (const file of this.#open) {
      if (this.#open.size <= this.#most) return;
      if (file.closeIfIdle()) this.#open.delete(file);
    }
  }
}
