import type { ProducedMessage, Schema } from "@iggy-connectors/sdk";

/** What a sender can be told about its messages. */
export type Outcome = "stored" | "unknown";

/** The messages of one request. */
export interface RequestMessages {
  readonly messages: readonly ProducedMessage<Uint8Array>[];
  /** Schema of their bytes; undefined: the stream's. */
  readonly schema: Schema | undefined;
  /** Bytes that were reserved for them. */
  readonly bytes: number;
}

interface Waiting {
  /** Number of messages, from the first of this run, up to which Iggy must have confirmed. */
  readonly end: number;
  readonly schema: Schema | undefined;
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
  add({ messages, schema, bytes }: RequestMessages, answer: Waiting["answer"]): boolean {
    if (this.#messages.length > 0 && this.#messages.length + messages.length > this.#maxMessages) return false;
    for (const message of messages) this.#messages.push(message);
    this.#waiting.push({ end: this.#base + this.#messages.length, schema, bytes, answer });
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

  /** Messages of one schema from number `from` on, at least one. */
  from(from: number, maxMessages: number, maxBytes: number): Omit<RequestMessages, "bytes"> {
    const start = Math.max(0, from - this.#base);
    const { schema, end: reach } = this.#sameSchema(this.#base + start);
    let end = start;
    for (let bytes = 0; end < reach - this.#base && end - start < maxMessages; end++) {
      bytes += this.#messages[end]!.payload.length;
      if (end > start && bytes > maxBytes) break;
    }
    return { messages: this.#messages.slice(start, end), schema };
  }

  /** The schema of the message with number `from`, and the number behind the last one that has it without a gap. */
  #sameSchema(from: number): Pick<Waiting, "schema" | "end"> {
    let at = this.#waiting.findIndex(({ end }) => end > from);
    const { schema } = this.#waiting[at]!;
    while (at + 1 < this.#waiting.length && this.#waiting[at + 1]!.schema === schema) at++;
    return { schema, end: this.#waiting[at]!.end };
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
