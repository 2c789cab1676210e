import type { OutgoingMessage, Partitioning } from "@iggy-connectors/protocol";
import { IggyError } from "../errors/errors.ts";

/** Consecutive messages of a send that Iggy confirmed as one batch. */
export interface SentRange {
  /** Index of the first message in the send. */
  readonly from: number;
  readonly count: number;
  readonly partition: number;
  /** Offset of the first; the others follow it. Undefined where the server did not say. */
  readonly baseOffset: bigint | undefined;
}

/** A send that was not stored as a whole. `outcomeUnknown` tells of the part that failed first. */
export class SendError extends IggyError {
  /** What Iggy confirmed of it before. */
  readonly confirmed: readonly SentRange[];

  constructor(reason: IggyError, confirmed: readonly SentRange[]) {
    const { command, retryable, outcomeUnknown } = reason;
    super(reason.code, {
      detail: reason.message,
      retryable,
      outcomeUnknown,
      cause: reason,
      ...(command === undefined ? {} : { command }),
    });
    this.confirmed = confirmed;
  }
}

/** One call of `send` until it is settled. */
export class PendingSend {
  readonly messages: readonly OutgoingMessage[];
  readonly partitioning: Partitioning;
  readonly bytes: number;
  readonly answer: Promise<readonly SentRange[]>;
  /** It was given to a partition: some of it may have been sent. */
  taken = false;
  readonly #onEnd: (send: PendingSend) => void;
  readonly #ranges: SentRange[] = [];
  readonly #settle: { resolve(ranges: readonly SentRange[]): void; reject(error: unknown): void };
  #open: number;
  #failure: IggyError | undefined;
  #settled = false;

  constructor(
    messages: readonly OutgoingMessage[],
    partitioning: Partitioning,
    bytes: number,
    onEnd: (send: PendingSend) => void,
  ) {
    const { promise, resolve, reject } = Promise.withResolvers<readonly SentRange[]>();
    this.messages = messages;
    this.partitioning = partitioning;
    this.bytes = bytes;
    this.answer = promise;
    this.#settle = { resolve, reject };
    this.#onEnd = onEnd;
    this.#open = messages.length;
  }

  confirmed(range: SentRange): void {
    this.#ranges.push(range);
    this.#end(range.count);
  }

  rejected(count: number, reason: IggyError): void {
    this.#failure ??= reason;
    this.#end(count);
  }

  /** No caller waits for the rest of it. */
  abandon(reason: IggyError): void {
    this.#failure ??= reason;
    this.#end(this.#open);
  }

  #end(count: number): void {
    this.#open -= count;
    if (this.#open > 0 || this.#settled) return;
    this.#settled = true;
    this.#onEnd(this);
    this.#ranges.sort((a, b) => a.from - b.from);
    if (this.#failure === undefined) this.#settle.resolve(this.#ranges);
    else this.#settle.reject(new SendError(this.#failure, this.#ranges));
  }
}

/** Consecutive messages of a send: what a batch takes of it. */
export interface Chunk {
  readonly send: PendingSend;
  readonly from: number;
  readonly to: number;
  readonly bytes: number;
}
