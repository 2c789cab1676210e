/** Writes a piece of text and calls `done` when it can take the next one. */
export type TextSink = (text: string, done: () => void) => void;

/** Maximum number of characters that wait to be written. Further lines are dropped and counted. */
const MAX_PENDING = 8 * 1024 * 1024;

/**
 * Collects lines while earlier ones are being written, then writes them in one piece. A slow reader costs a limited amount
 * of memory and never blocks the runtime: lines beyond the limit are dropped, and their number is written next.
 */
export class LineWriter {
  readonly #sink: TextSink;
  #pending: string[] = [];
  #length = 0;
  #dropped = 0;
  #busy = false;
  #idle: (() => void)[] = [];

  constructor(sink: TextSink) {
    this.#sink = sink;
  }

  write(line: string): void {
    if (this.#length + line.length > MAX_PENDING) {
      this.#dropped++;
      return;
    }
    this.#pending.push(line);
    this.#length += line.length + 1;
    if (this.#busy) return;
    this.#busy = true;
    // The lines of one iteration of the event loop are written together.
    setImmediate(() => this.#next());
  }

  /** Resolves when all lines are written. */
  flushed(): Promise<void> {
    return this.#busy ? new Promise((resolve) => this.#idle.push(resolve)) : Promise.resolve();
  }

  #next(): void {
    if (this.#pending.length > 0) {
      this.#sink(this.#take(), () => this.#next());
      return;
    }
    this.#busy = false;
    const idle = this.#idle;
    this.#idle = [];
    for (const resolve of idle) resolve();
  }

  #take(): string {
    const lines = this.#pending;
    this.#pending = [];
    this.#length = 0;
    if (this.#dropped > 0) lines.push(`(${this.#dropped} log lines were dropped: the reader was too slow)`);
    this.#dropped = 0;
    return `${lines.join("\n")}\n`;
  }
}
