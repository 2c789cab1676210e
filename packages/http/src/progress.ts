import type { MessageBatch, PartitionRef, RejectedMessage } from "@iggy-connectors/sdk";

/** Which messages of a batch the destination has accepted or rejected, so that a retry after a partial failure sends only the others. */
export class BatchProgress {
  readonly #length: number;
  readonly #last: bigint;
  readonly #ended: Uint8Array;
  readonly #rejected = new Map<bigint, RejectedMessage>();
  /** Messages that were sent in a request whose answer never came. */
  readonly #lost = new Set<number>();
  #delivered = 0;

  constructor(batch: MessageBatch) {
    this.#length = batch.length;
    this.#last = batch.lastOffset;
    this.#ended = new Uint8Array(batch.length);
  }

  isOf(batch: MessageBatch): boolean {
    return batch.length === this.#length && batch.lastOffset === this.#last;
  }

  open(): number[] {
    const open: number[] = [];
    for (let index = 0; index < this.#length; index++) if (this.#ended[index] === 0) open.push(index);
    return open;
  }

  /** The destination has taken the message. */
  ended(index: number): void {
    if (this.#ended[index] === 0) this.#delivered += 1;
    this.#ended[index] = 1;
  }

  /** The destination will not take it. Messages that a transform made of one are rejected together: the first reason is kept. */
  reject(index: number, rejected: RejectedMessage): void {
    this.#ended[index] = 1;
    if (!this.#rejected.has(rejected.offset)) this.#rejected.set(rejected.offset, rejected);
  }

  /** Nobody knows whether the destination took the message. */
  lost(index: number): void {
    this.#lost.add(index);
  }

  wasLost(index: number): boolean {
    return this.#lost.has(index);
  }

  /** Number of messages that the destination has taken: the neighbours of one that fails. */
  get delivered(): number {
    return this.#delivered;
  }

  get rejected(): RejectedMessage[] {
    return [...this.#rejected.values()];
  }
}

/** Batches that the runtime abandoned, or cut in another way, never end here: beyond this number the oldest are forgotten. */
const MAX_BATCHES = 256;

/** The batches that are in progress, by their first offset. */
export class Progress {
  readonly #batches = new Map<string, BatchProgress>();

  of(batch: MessageBatch): BatchProgress {
    const key = keyOf(batch, batch.firstOffset);
    const known = this.#batches.get(key);
    if (known?.isOf(batch) === true) return known;
    const fresh = new BatchProgress(batch);
    this.#batches.delete(key);
    this.#batches.set(key, fresh);
    if (this.#batches.size > MAX_BATCHES) this.#batches.delete(this.#batches.keys().next().value!);
    return fresh;
  }

  done(batch: MessageBatch): void {
    this.#batches.delete(keyOf(batch, batch.firstOffset));
  }

  /** These partitions now belong to another member. */
  forget(partitions: readonly PartitionRef[]): void {
    for (const partition of partitions) {
      const prefix = keyOf(partition, undefined);
      for (const key of this.#batches.keys()) if (key.startsWith(prefix)) this.#batches.delete(key);
    }
  }
}

/** Offsets of another history of the topic are others, whatever their numbers are. */
function keyOf({ stream, topic, partition, history }: PartitionRef, offset: bigint | undefined): string {
  const place = JSON.stringify([stream, topic, partition]);
  return offset === undefined ? place : `${place}${history ?? ""}@${offset}`;
}
