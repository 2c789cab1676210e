import type { ProducedBatch } from "@iggy-connectors/sdk";
import type { PollLoop } from "./poll-loop.ts";

export interface PolledBatch {
  readonly batch: ProducedBatch;
  /** Payload bytes, of those payloads that are bytes. */
  readonly bytes: number;
}

export interface PolledBatchesOptions {
  readonly polling: PollLoop;
  /** From where the first poll goes on. */
  readonly checkpoint: unknown;
  /** Batches in hand at once, with the one that is being delivered. 1: the source is asked again when that one has ended. */
  readonly limit: number;
  /** No further poll while as many bytes are in hand. */
  readonly maxBytes: number;
}

/**
 * The batches of a source, in order. Up to a limit they are polled ahead while an earlier one is on its way, each from the
 * checkpoint of the one before; the caller confirms them in order, so that no checkpoint passes an unconfirmed batch.
 */
export class PolledBatches {
  readonly #options: PolledBatchesOptions;
  readonly #queue: PolledBatch[] = [];
  #checkpoint: unknown;
  #taken: PolledBatch | undefined;
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
   * The next batch; the one before has ended. Undefined: there is none, because the source has no more or the task stops.
   * What was polled before a poll failed for good comes first, then the failure is thrown.
   */
  async take(): Promise<ProducedBatch | undefined> {
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
    return next.batch;
  }

  /** Resolves when the source is not in the middle of a poll. */
  async settled(): Promise<void> {
    this.#ended = true;
    await this.#polling;
  }

  #fill(): void {
    if (this.#polling !== undefined || this.#ended || this.#failure !== undefined) return;
    const inHand = this.#queue.length + (this.#taken === undefined ? 0 : 1);
    const bytes = this.#queuedBytes + (this.#taken?.bytes ?? 0);
    if (inHand > 0 && (inHand >= this.#options.limit || bytes >= this.#options.maxBytes)) return;
    this.#polling = this.#poll()
      .catch((error: unknown) => {
        this.#failure = { error };
      })
      .finally(() => {
        this.#polling = undefined;
        this.#fill();
      });
  }

  async #poll(): Promise<void> {
    const { polling } = this.#options;
    if (this.#last !== undefined) await polling.pace(this.#last.batch, this.#last.took);
    const began = performance.now();
    const batch = await polling.next(this.#checkpoint);
    if (batch === undefined) {
      this.#ended = true;
      return;
    }
    this.#last = { batch, took: performance.now() - began };
    this.#ended = batch.completed === true;
    if (batch.checkpoint !== undefined) this.#checkpoint = batch.checkpoint;
    const bytes = payloadBytes(batch);
    this.#queue.push({ batch, bytes });
    this.#queuedBytes += bytes;
    this.#queuedMessages += batch.messages.length;
  }
}

/** Payload bytes of a batch, of those payloads that are bytes. */
export function payloadBytes({ messages }: ProducedBatch): number {
  let bytes = 0;
  for (const { payload } of messages) if (payload instanceof Uint8Array) bytes += payload.length;
  return bytes;
}
