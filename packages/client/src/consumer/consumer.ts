import { backoff } from "../concurrency/backoff.ts";
import { endsBefore, pause } from "../concurrency/signals.ts";
import { WeightedSemaphore } from "../concurrency/weighted-semaphore.ts";
import { CODE, IggyError, toIggyError } from "../errors/errors.ts";
import type { ConsumedBatch } from "./consumed-batch.ts";
import { ConsumerPartition } from "./consumer-partition.ts";
import type { PartitionMembership } from "./membership/partition-membership.ts";
import type { ResolvedConsumerOptions } from "./options.ts";
import { PartitionSet } from "./reading/partition-set.ts";
import { repeat } from "./repeat.ts";

/** What a consumer needs of a client. */
export interface ConsumerPort {
  /** Joins the group, or finds out which partitions a plain consumer reads. */
  join(): Promise<PartitionMembership>;
  /** Offset of the partition's newest message; undefined when it is empty. */
  newestOffset(partition: number): Promise<bigint | undefined>;
}

/** Batches of one partition that may be handed out and not committed. */
const MAX_OPEN = 10_000;
/** Milliseconds that closing may take. */
const CLOSE_TIMEOUT = 5000;

type Next = IteratorResult<ConsumedBatch, undefined>;

/**
 * Reads a topic batch by batch: `for await (const batch of consumer)`. Batches of a partition come in order; at least once:
 * only the end of the batches that were processed without a gap is stored, and what was not stored comes again. Made by
 * `IggyClient.createConsumer`; it joins its group when the first batch is asked for.
 */
export class IggyConsumer implements AsyncIterableIterator<ConsumedBatch, undefined> {
  readonly #port: ConsumerPort;
  readonly #options: ResolvedConsumerOptions;
  readonly #buffer: WeightedSemaphore;
  readonly #closing = new AbortController();
  /** Partitions that were read before: they continue after their stored offset. */
  readonly #seen = new Set<number>();
  /** Polled, not asked for yet, in order. */
  readonly #ready: ConsumedBatch[] = [];
  readonly #owners = new WeakMap<ConsumedBatch, ConsumerPartition>();
  /** Handed out by the last {@link next}. */
  #current: ConsumedBatch | undefined;
  #waiting: (() => void) | undefined;
  #failure: IggyError | undefined;
  #membership: PartitionMembership | undefined;
  #partitions: PartitionSet<ConsumerPartition> | undefined;
  #running: Promise<void> | undefined;
  #closed: Promise<void> | undefined;

  constructor(port: ConsumerPort, options: ResolvedConsumerOptions) {
    this.#port = port;
    this.#options = options;
    this.#buffer = new WeightedSemaphore(options.prefetchBytes);
  }

  /** Partitions that are being read, ascending. */
  get assignment(): readonly number[] {
    return this.#partitions?.numbers ?? [];
  }

  /** Bytes that are polled and not processed. */
  get prefetchedBytes(): number {
    return this.#buffer.used;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /**
   * The next batch, once there is one; done after {@link close}. The batch before it counts as processed, unless commits
   * are manual. One caller at a time.
   * @throws IggyError when reading is impossible: no such topic, no permission, the client is closed.
   */
  async next(): Promise<Next> {
    if (this.#waiting !== undefined)
      throw new Error("a consumer returns one batch at a time: the last next() still waits");
    this.#letGo();
    this.#running ??= this.#run().catch((error: unknown) => this.#fail(error));
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure;
      const batch = this.#closing.signal.aborted ? undefined : this.#takeReady();
      if (batch !== undefined) return { value: batch, done: false };
      if (this.#closing.signal.aborted) return { value: undefined, done: true };
      await new Promise<void>((resolve) => {
        this.#waiting = resolve;
      });
      this.#waiting = undefined;
    }
  }

  /**
   * A loop was left: whether its last batch was processed is not known, so the next loop begins with it, unless it was
   * committed or the loop does not commit.
   */
  async return(): Promise<Next> {
    const batch = this.#current;
    this.#current = undefined;
    if (batch === undefined) return { value: undefined, done: true };
    const owner = this.#owners.get(batch);
    const again = this.#options.commit === "next" && owner?.isOpen(batch) === true;
    if (again && !this.#closing.signal.aborted) {
      this.#ready.unshift(batch);
    } else {
      if (again) owner.forget(batch);
      this.#release(batch);
    }
    return { value: undefined, done: true };
  }

  /**
   * Reads no more, waits until the current batch is processed, stores what was, and leaves the group, all within
   * `timeout` milliseconds. A loop that waits for a batch ends.
   */
  close(timeout = CLOSE_TIMEOUT): Promise<void> {
    this.#closed ??= this.#close(AbortSignal.timeout(timeout));
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(late: AbortSignal): Promise<void> {
    this.#closing.abort();
    for (const batch of this.#ready.splice(0)) {
      this.#owners.get(batch)?.forget(batch);
      this.#release(batch);
    }
    this.#waiting?.();
    await Promise.all([...(this.#partitions ?? [])].map((partition) => partition.end(late)));
    if (this.#running !== undefined) await endsBefore(this.#running, late);
    // A group that cannot be left in time is left when the session ends.
    if (this.#membership !== undefined) await endsBefore(this.#membership.leave(), late);
  }

  /** The current batch counts as processed, unless commits are manual. */
  #letGo(): void {
    const batch = this.#current;
    if (batch === undefined) return;
    this.#current = undefined;
    if (this.#options.commit !== "manual") this.#owners.get(batch)?.ended(batch);
    this.#release(batch);
  }

  #takeReady(): ConsumedBatch | undefined {
    for (let batch = this.#ready.shift(); batch !== undefined; batch = this.#ready.shift()) {
      const owner = this.#owners.get(batch);
      if (owner?.owned === true) {
        if (owner.open > MAX_OPEN) this.#fail(neverCommitted(owner.partition));
        this.#current = batch;
        return batch;
      }
      this.#release(batch);
    }
    return undefined;
  }

  #release(batch: ConsumedBatch): void {
    this.#buffer.release(batch.frames.buffer.length);
    if (this.#options.reuseMemory) this.#membership?.recycle(batch.frames);
  }

  /** Joins, then follows the assignment until the consumer is closed. */
  async #run(): Promise<void> {
    const { signal } = this.#closing;
    const onFailure = (error: unknown, attempts: number) => this.#failed(error, attempts);
    const membership = await repeat(() => this.#port.join(), { signal, onFailure });
    if (membership === undefined) return;
    this.#membership = membership;
    const partitions = new PartitionSet<ConsumerPartition>(membership, signal, {
      create: (partition) => this.#createPartition(partition, membership, () => partitions.stale()),
      retire: (partition, end) => {
        if (end === "lost") partition.lose();
        return partition.retire();
      },
      onFailure,
    });
    this.#partitions = partitions;
    await partitions.follow();
  }

  #createPartition(id: number, membership: PartitionMembership, onStale: () => void): ConsumerPartition {
    const partition: ConsumerPartition = new ConsumerPartition(id, {
      membership,
      options: this.#options,
      buffer: this.#buffer,
      stopping: this.#closing.signal,
      start: this.#seen.has(id) ? { kind: "next" } : this.#options.start,
      newestOffset: (of) => this.#port.newestOffset(of),
      onBatch: (batch) => this.#onBatch(partition, batch),
      onStale,
      onFailure: (error) => this.#fail(error),
    });
    this.#seen.add(id);
    return partition;
  }

  #onBatch(partition: ConsumerPartition, batch: ConsumedBatch): void {
    this.#owners.set(batch, partition);
    this.#ready.push(batch);
    this.#waiting?.();
  }

  /** Waits before the next attempt. @throws IggyError when no attempt can succeed. */
  async #failed(error: unknown, attempts: number): Promise<void> {
    const reason = toIggyError(error, CODE.invalidFormat);
    if (!reason.retryable) throw reason;
    this.#options.onRetry(reason);
    await pause(backoff(this.#options.retry, attempts), this.#closing.signal);
  }

  #fail(error: unknown): void {
    if (this.#closing.signal.aborted) return;
    this.#failure ??= toIggyError(error, CODE.invalidCommand, { retryable: false });
    this.#waiting?.();
  }
}

function neverCommitted(partition: number): IggyError {
  return new IggyError(CODE.invalidCommand, {
    detail: `${MAX_OPEN} batches of partition ${partition} were handed out and none of them was committed`,
    advice: 'call batch.commit() for every batch, or make the consumer with commit "none"',
    retryable: false,
  });
}
