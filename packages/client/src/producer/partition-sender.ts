import { BatchWriter, type SendConfirmation, type SendTarget } from "@iggy-connectors/protocol";
import { backoff } from "../concurrency/backoff.ts";
import { pause } from "../concurrency/signals.ts";
import type { CallFlow } from "../connection/call.ts";
import { CODE, type IggyError, toIggyError } from "../errors/errors.ts";
import type { ResolvedProducerOptions } from "./options.ts";
import { PartitionQueue } from "./partition-queue.ts";
import type { Chunk, PendingSend } from "./pending-send.ts";

/** Carries one batch to Iggy; `Sender` of the client does. */
export type CarryBatch = (
  target: SendTarget,
  batch: BatchWriter,
  timeout: number,
  flow: CallFlow,
) => Promise<SendConfirmation | undefined>;

export interface PartitionSenderParts {
  readonly options: ResolvedProducerOptions;
  readonly carry: CarryBatch;
  /** Aborted when nothing is to be tried again. */
  readonly closing: AbortSignal;
  /** Whether a caller waits for everything to be sent, so that no batch waits to be full. */
  hurry(): boolean;
  /** A batch has been taken for this partition. */
  onTaken(): void;
  /** The server does not know the partition. */
  onUnknownTarget(): void;
}

/**
 * Sends what belongs to one partition, batch after batch in the order of the sends. With one request in flight a batch
 * is repeated before anything behind it is sent, so retries keep the order; with more nothing is repeated at all.
 */
export class PartitionSender {
  readonly #partition: number;
  readonly #parts: PartitionSenderParts;
  readonly #queue: PartitionQueue;
  /** Memory of batches that have ended, for the next ones. */
  readonly #writers: BatchWriter[] = [];
  #inFlight = 0;
  #scheduled = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(partition: number, parts: PartitionSenderParts) {
    this.#partition = partition;
    this.#parts = parts;
    const { batchMessages, batchBytes } = parts.options;
    this.#queue = new PartitionQueue({ messages: batchMessages, bytes: batchBytes });
  }

  /** Whether a whole batch waits. */
  get isFull(): boolean {
    return this.#queue.isFull;
  }

  /** Sends of one turn of the event loop share batches, so nothing is sent before the turn has ended. */
  push(send: PendingSend): void {
    this.#queue.push(send, performance.now());
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.pump();
    });
  }

  /** Sends what may be sent now. */
  pump(): void {
    const { options, hurry, onTaken } = this.#parts;
    const queue = this.#queue;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    while (!queue.isEmpty && this.#inFlight < options.maxInFlight) {
      const now = performance.now();
      const wait = queue.isFull || hurry() ? 0 : queue.since + options.linger - now;
      if (wait > 0) {
        this.#timer = setTimeout(() => this.pump(), wait);
        return;
      }
      this.#inFlight += 1;
      const chunks = queue.take(now);
      onTaken();
      void this.#ship(chunks).finally(() => {
        this.#inFlight -= 1;
        this.pump();
      });
    }
  }

  /** Nothing of what waits is sent any more. */
  close(): void {
    clearTimeout(this.#timer);
    this.#queue.clear();
  }

  /** Never rejects. */
  async #ship(chunks: readonly Chunk[]): Promise<void> {
    const writer = this.#writers.pop() ?? new BatchWriter();
    try {
      const confirmation = await this.#deliver(fill(writer, chunks));
      confirm(chunks, this.#partition, confirmation);
      this.#writers.push(writer);
      writer.reset();
    } catch (error) {
      // The memory of a batch that failed may still lie in a socket's queue: it is not used again.
      await this.#failed(chunks, toIggyError(error, CODE.invalidCommand, { retryable: false }));
    }
  }

  async #deliver(writer: BatchWriter): Promise<SendConfirmation | undefined> {
    const { options, carry, closing } = this.#parts;
    const { stream, topic } = options;
    const target: SendTarget = { stream, topic, partitioning: { kind: "partition", partition: this.#partition } };
    const flow: CallFlow = options.maxInFlight > 1 ? "behind" : "beside";
    const deadline = performance.now() + options.deliveryTimeout;
    // A batch that may go again must not wait all its time for an answer that is lost.
    const longest = flow === "behind" ? options.deliveryTimeout : options.attemptTimeout;
    for (let attempt = 1; ; ) {
      try {
        return await carry(target, writer, Math.max(1, Math.min(longest, deadline - performance.now())), flow);
      } catch (error) {
        const reason = toIggyError(error, CODE.invalidCommand, { retryable: false });
        const wait = backoff(options.backoff, attempt);
        if (!this.#mayRepeat(reason, attempt) || performance.now() + wait >= deadline) throw reason;
        await pause(wait, closing);
        if (closing.aborted) throw reason;
        // Waiting for a connection does not count as an attempt.
        if (reason.code !== CODE.taskTimeout) attempt += 1;
      }
    }
  }

  #mayRepeat(reason: IggyError, attempt: number): boolean {
    const { options, closing } = this.#parts;
    if (options.maxInFlight > 1 || attempt > options.attempts || closing.aborted) return false;
    return reason.outcomeUnknown ? options.repeatUnknown : reason.retryable;
  }

  async #failed(chunks: readonly Chunk[], reason: IggyError): Promise<void> {
    const { options, onUnknownTarget } = this.#parts;
    if (reason.code === CODE.resourceNotFound) onUnknownTarget();
    const refused = !reason.outcomeUnknown && !reason.retryable && reason.code !== CODE.resourceNotFound;
    if (refused && chunks.length > 1 && options.maxInFlight === 1) {
      // One send of the batch may be at fault and the others must not fail with it: each is sent again by itself, in
      // order.
      for (const chunk of chunks) await this.#ship([chunk]);
      return;
    }
    for (const { send, from, to } of chunks) {
      send.rejected(to - from, reason);
      const rest = this.#queue.dropRest(send);
      if (rest !== undefined) send.rejected(rest.to - rest.from, reason);
    }
  }
}

function fill(writer: BatchWriter, chunks: readonly Chunk[]): BatchWriter {
  for (const { send, from, to } of chunks) {
    for (let index = from; index < to; index++) {
      const message = send.messages[index]!;
      writer.add(message.payload, message);
    }
  }
  return writer;
}

function confirm(chunks: readonly Chunk[], partition: number, confirmation: SendConfirmation | undefined): void {
  let next = confirmation?.baseOffset;
  for (const { send, from, to } of chunks) {
    const count = to - from;
    send.confirmed({ from, count, partition: confirmation?.partition ?? partition, baseOffset: next });
    if (next !== undefined) next += BigInt(count);
  }
}
