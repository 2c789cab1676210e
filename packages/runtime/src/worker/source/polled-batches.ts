import { isPacked, type PackedMessages, type ProducedBatch } from "@iggy-connectors/sdk";
import type { PollLoop } from "./poll-loop.ts";

/** First stage of a batch: what `poll` returned. */
export interface PolledBatch {
  readonly batch: ProducedBatch;
  /** Of the payloads that are bytes. */
  readonly bytes: number;
}

export interface PolledBatchesOptions {
  readonly polling: PollLoop;
  /** Where the first poll continues. */
  readonly checkpoint: unknown;
  /** Open batches, with the one that is being delivered. 1: the source is polled again when that one has ended. */
  readonly limit: number;
  /** No further poll while the open batches have as many bytes. */
  readonly maxBytes: number;
}

/**
 * The batches of a source, in order. Up to a limit they are polled ahead while an earlier one is being delivered, each from
 * the checkpoint of the one before; the caller commits them in order, so that no checkpoint passes an undelivered batch.
 */
export class PolledBatches {
  readonly #options: PolledBatchesOptions;
  readonly #queue: PolledBatch[] = [];
  #checkpoint: unknown;
  #taken: PolledBatch | undefined;
  #spent: PackedMessages | undefined;
  #queuedBytes = 0;
  #queuedMessages = 0;
  #polling: Promise<void> | undefined;
  #last: { readonly batch: ProducedBatch; readonly took: number } | undefined;
  /** The source has no more, or the task stops. */
  #ended = false;
  #failure: { readonly error: unknown } | undefined;

  constructor(options: PolledBatchesOptions) {
    this.#options = options;
    this.#checkpoint = options.checkpoint;
  }

  /** Polled and not taken yet. */
  get waitingMessages(): number {
    return this.#queuedMessages;
  }

  get waitingBytes(): number {
    return this.#queuedBytes;
  }

  /**
   * The next batch; the one before has ended. Undefined: the source has no more, or the task stops. A fatal error of a poll is
   * thrown after the batches that were polled before it.
   */
  async take(): Promise<PolledBatch | undefined> {
    this.#taken = undefined;
    this.#fill();
    while (this.#queue.length === 0 && this.#polling !== undefined) await this.#polling;
    const next = this.#queue.shift();
    if (next === undefined) {
      if (this.#failure !== undefined) throw this.#failure.error;
      return undefined;
    }
    this.#taken = next;
    this.#queuedBytes -= next.bytes;
    this.#queuedMessages -= next.batch.messages.length;
    this.#fill();
    return next;
  }

  /** A batch that was taken has ended: nothing reads its messages any more, so that the next poll may have their memory. */
  spent({ batch }: PolledBatch): void {
    if (isPacked(batch.messages)) this.#spent = batch.messages;
  }

  /** Polls no more; resolves when the poll in progress has ended. */
  async settled(): Promise<void> {
    this.#ended = true;
    await this.#polling;
  }

  #fill(): void {
    if (this.#polling !== undefined || this.#ended || this.#failure !== undefined) return;
    const open = this.#queue.length + (this.#taken === undefined ? 0 : 1);
    const bytes = this.#queuedBytes + (this.#taken?.bytes ?? 0);
    if (open > 0 && (open >= this.#options.limit || bytes >= this.#options.maxBytes)) return;
    this.#polling = this.#poll()
      .catch((error: unknown) => {
        this.#failure = { error };
      })
      .finally(() => {
        this.#polling = undefined;
        this.#fill();
      });
  }

  /** It is given once: a poll that fails may have written to it. */
  #takeSpent(): PackedMessages | undefined {
    const spent = this.#spent;
    this.#spent = undefined;
    return spent;
  }

  async #poll(): Promise<void> {
    const { polling } = this.#options;
    if (this.#last !== undefined) await polling.pace(this.#last.batch, this.#last.took);
    const began = performance.now();
    const batch = await polling.next(this.#checkpoint, this.#takeSpent());
    if (batch === undefined) {
      this.#ended = true;
      return;
    }
    this.#last = { batch, took: performance.now() - began };
    this.#ended = batch.completed === true;
    if (batch.checkpoint !== undefined) this.#checkpoint = batch.checkpoint;
    const polled = polledBatch(batch);
    this.#queue.push(polled);
    this.#queuedBytes += polled.bytes;
    this.#queuedMessages += batch.messages.length;
  }
}

export function polledBatch(batch: ProducedBatch): PolledBatch {
  const { messages } = batch;
  let bytes = 0;
  if (isPacked(messages))
    for (let at = 0; at < messages.length; at++) bytes += messages.ends[at]! - messages.starts[at]!;
  else for (const { payload } of messages) if (payload instanceof Uint8Array) bytes += payload.length;
  return { batch, bytes };
}
