/** Takes a piece of text and says when there is room for the next one. */
export type TextSink = (text: string, done: () => void) => void;

/** Characters that wait for a reader who does not read; what comes then is dropped and counted. */
const MAX_PENDING = 8 * 1024 * 1024;

/**
 * Gathers lines and hands them on in one piece while the piece before is being written. A slow reader costs memory up to
 * a limit and never time; how many lines were dropped is what it reads next.
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
    // The lines of one turn of the event loop go together.
    setImmediate(() => this.#next());
  }

  /** Resolves when everything is written. */
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
