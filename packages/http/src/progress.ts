import type { MessageBatch, PartitionRef, RejectedMessage } from "@iggy-connectors/sdk";

/** What of one batch the destination has taken already, so that a retry after a partial failure sends the rest only. */
export class BatchProgress {
  readonly #length: number;
  readonly #last: bigint;
  readonly #ended: Uint8Array;
  readonly #rejected = new Map<bigint, RejectedMessage>();

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

  ended(index: number): void {
    this.#ended[index] = 1;
  }

  /** Messages that a transform made of one are rejected together: the first reason stands. */
  reject(rejected: RejectedMessage): void {
    if (!this.#rejected.has(rejected.offset)) this.#rejected.set(rejected.offset, rejected);
  }

  get rejected(): RejectedMessage[] {
    return [...this.#rejected.values()];
  }
}

/** Batches that the runtime gave up or cut otherwise never end here: the oldest of more than this are forgotten. */
const MOST_BEGUN = 256;

/** The batches that were begun, by where they begin. */
export class Progress {
  readonly #begun = new Map<string, BatchProgress>();

  of(batch: MessageBatch): BatchProgress {
    const key = keyOf(batch, batch.firstOffset);
    const known = this.#begun.get(key);
    if (known?.isOf(batch) === true) return known;
    const fresh = new BatchProgress(batch);
    this.#begun.delete(key);
    this.#begun.set(key, fresh);
    if (this.#begun.size > MOST_BEGUN) this.#begun.delete(this.#begun.keys().next().value!);
    return fresh;
  }

  done(batch: MessageBatch): void {
    this.#begun.delete(keyOf(batch, batch.firstOffset));
  }

  /** Somebody else goes on with these partitions. */
  forget(partitions: readonly PartitionRef[]): void {
    for (const partition of partitions) {
      const prefix = keyOf(partition, undefined);
      for (const key of this.#begun.keys()) if (key.startsWith(prefix)) this.#begun.delete(key);
    }
  }
}

function keyOf({ stream, topic, partition }: PartitionRef, offset: bigint | undefined): string {
  return `${JSON.stringify([stream, topic, partition])}${offset ?? ""}`;
}
