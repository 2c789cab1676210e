import { backoff } from "../concurrency/backoff.ts";
import { ByteBudget } from "../concurrency/byte-budget.ts";
import { endsBefore, pause } from "../concurrency/signals.ts";
import { CODE, IggyError, toIggyError } from "../errors/errors.ts";
import { AssignmentWatch } from "./assignment-watch.ts";
import type { ConsumedBatch } from "./consumed-batch.ts";
import { ConsumerPartition } from "./consumer-partition.ts";
import type { PartitionMembership } from "./membership.ts";
import type { ResolvedConsumerOptions } from "./options.ts";

/** What a consumer needs of a client. */
export interface ConsumerPort {
  /** Joins the group, or looks which partitions a plain consumer reads. */
  join(): Promise<PartitionMembership>;
  /** Offset of the partition's newest message; undefined when it is empty. */
  newestOffset(partition: number): Promise<bigint | undefined>;
}

/** Batches of one partition that were handed out and never committed at most. */
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
  readonly #budget: ByteBudget;
  readonly #closing = new AbortController();
  readonly #partitions = new Map<number, ConsumerPartition>();
  /** Partitions that were read before: they go on after their stored offset. */
  readonly #seen = new Set<number>();
  /** Polled, not asked for yet. */
  readonly #ready: ConsumedBatch[] = [];
  readonly #owners = new WeakMap<ConsumedBatch, ConsumerPartition>();
  #inHand: ConsumedBatch | undefined;
  #waiting: (() => void) | undefined;
  #failure: IggyError | undefined;
  #membership: PartitionMembership | undefined;
  #watch: AssignmentWatch | undefined;
  #running: Promise<void> | undefined;
  #closed: Promise<void> | undefined;

  constructor(port: ConsumerPort, options: ResolvedConsumerOptions) {
    this.#port = port;
    this.#options = options;
    this.#budget = new ByteBudget(options.prefetchBytes);
  }

  /** Partitions that are being read, ascending. */
  get assignment(): readonly number[] {
    return [...this.#partitions.keys()].sort((a, b) => a - b);
  }

  /** Bytes that are polled and not processed. */
  get prefetchedBytes(): number {
    return this.#budget.used;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /**
   * The next batch, when there is one; done after {@link close}. The batch before it counts as processed, unless commits
   * are manual. One caller at a time.
   * @throws IggyError when reading is impossible: no such topic, no permission, the client is closed.
   */
  async next(): Promise<Next> {
    if (this.#waiting !== undefined)
      throw new Error("a consumer gives one batch at a time: the last next() still waits");
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
   * committed or commits are not the loop's.
   */
  async return(): Promise<Next> {
    const batch = this.#inHand;
    this.#inHand = undefined;
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
   * Reads no more, waits until the batch in hand is processed, stores what was, and leaves the group, all within
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
    await Promise.all([...this.#partitions.values()].map((partition) => partition.end(late)));
    if (this.#running !== undefined) await endsBefore(this.#running, late);
    // A group that cannot be left in time is left when the session ends.
    if (this.#membership !== undefined) await endsBefore(this.#membership.leave(), late);
  }

  /** The batch in hand counts as processed, but for what is committed by hand. */
  #letGo(): void {
    const batch = this.#inHand;
    if (batch === undefined) return;
    this.#inHand = undefined;
    if (this.#options.commit !== "manual") this.#owners.get(batch)?.ended(batch);
    this.#release(batch);
  }

  #takeReady(): ConsumedBatch | undefined {
    for (let batch = this.#ready.shift(); batch !== undefined; batch = this.#ready.shift()) {
      const owner = this.#owners.get(batch);
      if (owner?.owned === true) {
        if (owner.open > MAX_OPEN) this.#fail(neverCommitted(owner.partition));
        this.#inHand = batch;
        return batch;
      }
      this.#release(batch);
    }
    return undefined;
  }

  #release(batch: ConsumedBatch): void {
    this.#budget.release(batch.frames.buffer.length);
    if (this.#options.reuseMemory) this.#membership?.recycle(batch.frames);
  }

  /** Joins, then follows the assignment until the consumer is closed. */
  async #run(): Promise<void> {
    const { signal } = this.#closing;
    const membership = await this.#retried(() => this.#port.join());
    if (membership === undefined) return;
    this.#membership = membership;
    const watch = new AssignmentWatch(() => membership.sync(), signal);
    this.#watch = watch;
    this.#assign(membership, membership.assignment);
    while (!signal.aborted) {
      const assigned = await this.#retried(() => watch.next());
      if (assigned !== undefined) this.#assign(membership, assigned);
    }
  }

  #assign(membership: PartitionMembership, assigned: readonly number[]): void {
    if (this.#closing.signal.aborted) return;
    for (const [id, partition] of this.#partitions) {
      if (!assigned.includes(id) || partition.ending) this.#revoke(id, partition);
    }
    for (const id of assigned) {
      // One that still drains is taken up again when it has ended: never two readers of one partition.
      if (this.#partitions.has(id)) continue;
      const partition = new ConsumerPartition(id, {
        membership,
        options: this.#options,
        budget: this.#budget,
        stopping: this.#closing.signal,
        start: this.#seen.has(id) ? { kind: "next" } : this.#options.start,
        newestOffset: (of) => this.#port.newestOffset(of),
        onBatch: (batch) => this.#onBatch(partition, batch),
        onStale: () => this.#watch?.stale(),
        onFailure: (error) => this.#fail(error),
      });
      this.#seen.add(id);
      this.#partitions.set(id, partition);
      partition.begin();
    }
  }

  #revoke(id: number, partition: ConsumerPartition): void {
    void partition.revoke().then(() => {
      if (this.#partitions.get(id) !== partition) return;
      this.#partitions.delete(id);
      this.#watch?.stale();
    });
  }

  #onBatch(partition: ConsumerPartition, batch: ConsumedBatch): void {
    this.#owners.set(batch, partition);
    this.#ready.push(batch);
    this.#waiting?.();
  }

  /** Tries until it works or the consumer is closed. @throws IggyError when no attempt can succeed. */
  async #retried<Result>(act: () => Promise<Result>): Promise<Result | undefined> {
    const { signal } = this.#closing;
    for (let attempts = 1; !signal.aborted; attempts++) {
      try {
        return await act();
      } catch (error) {
        const reason = toIggyError(error, CODE.invalidFormat);
        if (!reason.retryable) throw reason;
        this.#options.onRetry(reason);
        await pause(backoff(this.#options.retry, attempts), signal);
      }
    }
    return undefined;
  }

  #fail(error: unknown): void {
    if (this.#closing.signal.aborted) return;
    this.#failure ??= toIggyError(error, CODE.invalidCommand, { retryable: false });
    this.#waiting?.();
  }
}

function neverCommitted(partition: number): IggyError {
  return new IggyError(CODE.invalidCommand, {
    detail: `${MAX_OPEN} batches of partition ${partition} were handed out and none of them committed`,
    advice: 'call batch.commit() for every batch, or make the consumer with commit "none"',
    retryable: false,
  });
}
