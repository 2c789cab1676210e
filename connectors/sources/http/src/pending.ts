import type { ProducedMessage } from "@iggy-connectors/sdk";

/** What a sender can be told about its messages. */
export type Outcome = "stored" | "unknown";

interface Waiting {
  /** Number of messages, from the first of this run, up to which Iggy must have confirmed. */
  readonly end: number;
  readonly bytes: number;
  answer(outcome: Outcome): void;
}

/**
 * Messages of requests that Iggy has not confirmed yet, numbered from the start of the run. They are kept until then, so that
 * any of them can be asked for again. Bounded in messages and, with what is being received, in bytes.
 */
export class PendingMessages {
  readonly #maxMessages: number;
  readonly #maxBytes: number;
  #messages: ProducedMessage<Uint8Array>[] = [];
  /** Number of the first message kept. */
  #base = 0;
  /** Requests in the order in which they came. */
  readonly #waiting: Waiting[] = [];
  #bytes = 0;
  #wake: (() => void) | undefined;

  constructor(maxMessages: number, maxBytes: number) {
    this.#maxMessages = maxMessages;
    this.#maxBytes = maxBytes;
  }

  get count(): number {
    return this.#messages.length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Reserves capacity for a body; false: there is none now. An empty buffer takes any body. */
  reserve(bytes: number): boolean {
    if (this.#bytes > 0 && this.#bytes + bytes > this.#maxBytes) return false;
    this.#bytes += bytes;
    return true;
  }

  release(bytes: number): void {
    this.#bytes -= bytes;
  }

  /** Takes over a reservation. False: too many messages wait, and the reservation stays with the caller. */
  add(messages: readonly ProducedMessage<Uint8Array>[], bytes: number, answer: Waiting["answer"]): boolean {
    if (this.#messages.length > 0 && this.#messages.length + messages.length > this.#maxMessages) return false;
    for (const message of messages) this.#messages.push(message);
    this.#waiting.push({ end: this.#base + this.#messages.length, bytes, answer });
    this.#wake?.();
    return true;
  }

  /** Resolves when there is a message with number `from`; false: aborted. */
  async reached(from: number, signal: AbortSignal): Promise<boolean> {
    while (this.#base + this.#messages.length <= from) {
      if (signal.aborted) return false;
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      signal.addEventListener("abort", () => resolve(), { once: true });
      await promise;
      this.#wake = undefined;
    }
    return !signal.aborted;
  }

  /** Messages from number `from` on, at least one. */
  from(from: number, maxMessages: number, maxBytes: number): ProducedMessage<Uint8Array>[] {
    const start = Math.max(0, from - this.#base);
    let end = start;
    for (let bytes = 0; end < this.#messages.length && end - start < maxMessages; end++) {
      bytes += this.#messages[end]!.payload.length;
      if (end > start && bytes > maxBytes) break;
    }
    return this.#messages.slice(start, end);
  }

  /** Iggy has confirmed the messages with numbers below `end`: their senders are answered. */
  confirm(end: number): void {
    const done = Math.min(end - this.#base, this.#messages.length);
    if (done > 0) {
      this.#messages = this.#messages.slice(done);
      this.#base += done;
    }
    while (this.#waiting.length > 0 && this.#waiting[0]!.end <= end) this.#settle("stored");
  }

  /** The run is over: what became of the rest is not known here. */
  abandon(): void {
    while (this.#waiting.length > 0) this.#settle("unknown");
    this.#base += this.#messages.length;
    this.#messages = [];
  }

  #settle(outcome: Outcome): void {
    const { bytes, answer } = this.#waiting.shift()!;
    this.#bytes -= bytes;
    answer(outcome);
  }
}
