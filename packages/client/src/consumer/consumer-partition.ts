import type { PollingStrategy } from "@iggy-connectors/protocol";
import { backoff } from "../concurrency/backoff.ts";
import { endsBefore, pause } from "../concurrency/signals.ts";
import type { WeightedSemaphore } from "../concurrency/weighted-semaphore.ts";
import { CODE, IggyError, toIggyError } from "../errors/errors.ts";
import { type BatchOwner, type CommitOutcome, ConsumedBatch } from "./consumed-batch.ts";
import type { PartitionMembership } from "./membership/partition-membership.ts";
import { EndedPrefix, type OpenRange } from "./offsets/ended-prefix.ts";
import { OffsetCommitter, type OffsetStore } from "./offsets/offset-committer.ts";
import type { ResolvedConsumerOptions } from "./options.ts";
import type { PolledBatch, StartPosition } from "./reading/partition-poller.ts";
import { PartitionReader } from "./reading/partition-reader.ts";
import type { AssignedPartition } from "./reading/partition-set.ts";
import { repeat } from "./repeat.ts";

export interface ConsumerPartitionDependencies {
  readonly membership: PartitionMembership;
  readonly options: ResolvedConsumerOptions;
  readonly buffer: WeightedSemaphore;
  /** Where to read from when nothing is stored, or when what is stored does not matter. */
  readonly start: PollingStrategy;
  /** Aborted: the consumer is being closed. */
  readonly stopping: AbortSignal;
  /** Offset of the partition's newest message; undefined when it is empty. */
  newestOffset(partition: number): Promise<bigint | undefined>;
  /** A batch was polled; it waits until it is asked for. */
  onBatch(batch: ConsumedBatch): void;
  /** The partition is fenced or lost: the assignment should be read again. */
  onStale(): void;
  /** Nothing more can be read. */
  onFailure(error: IggyError): void;
}

/** Milliseconds between two polls of a partition that has nothing new, while messages are likely. */
const SHORTEST_PAUSE = 5;
/** Milliseconds that the open batches of a revoked partition may take; the server waits for them, but not forever. */
const DRAIN_TIMEOUT = 10_000;
/** The server has no such offset: the log is shorter than what was read. */
const INVALID_OFFSET = 4100;

/** One partition of a consumer: read in order, handed out batch by batch, the end of its ended prefix stored. */
export class ConsumerPartition implements AssignedPartition, BatchOwner, OffsetStore {
  readonly partition: number;
  readonly history: string | undefined;
  readonly #dependencies: ConsumerPartitionDependencies;
  readonly #committer: OffsetCommitter;
  readonly #prefix = new EndedPrefix();
  readonly #handed = new WeakMap<ConsumedBatch, OpenRange<undefined>>();
  readonly #closing = new AbortController();
  readonly #lost = new AbortController();
  #onDrained: (() => void) | undefined;
  #done: Promise<void> = Promise.resolve();

  constructor(partition: number, dependencies: ConsumerPartitionDependencies) {
    this.partition = partition;
    this.history = dependencies.membership.history(partition);
    this.#dependencies = dependencies;
    this.#committer = new OffsetCommitter(this, { window: dependencies.options.commitInterval });
  }

  get owned(): boolean {
    return !this.#lost.signal.aborted;
  }

  /** Whether the partition is being closed. */
  get ending(): boolean {
    return this.#closing.signal.aborted;
  }

  /** Number of batches that were polled and do not count as processed yet, or wait for one before them. */
  get open(): number {
    return this.#prefix.size;
  }

  /** Whether the batch does not count as processed yet. */
  isOpen(batch: ConsumedBatch): boolean {
    const handed = this.#handed.get(batch);
    return this.owned && handed !== undefined && handed.through < handed.last;
  }

  start(): void {
    const { membership, options, buffer, onStale } = this.#dependencies;
    const reader = new PartitionReader(
      {
        source: membership,
        partition: this.partition,
        batchLength: options.batchMessages,
        buffer,
        pacing: { shortest: Math.min(SHORTEST_PAUSE, options.pollInterval), longest: options.pollInterval },
        closing: this.#closing.signal,
      },
      {
        start: () => this.#begin(),
        onBatch: (polled) => this.#hand(polled),
        onRestarted: () => this.#restart(),
        onFenced: () => {
          this.close();
          onStale();
        },
        onFailure: (error, attempts) => this.#failed(error, attempts),
      },
    );
    this.#done = reader.run().catch((error: unknown) => {
      this.#dependencies.onFailure(toIggyError(error, CODE.invalidCommand, { retryable: false }));
    });
  }

  /** Polls nothing more. */
  close(): void {
    this.#closing.abort();
  }

  /** Every message of the batch is processed. */
  ended(batch: ConsumedBatch): void {
    const handed = this.#handed.get(batch);
    if (handed === undefined) return;
    const through = this.#prefix.end(handed);
    if (through !== undefined && this.#dependencies.options.commit !== "none") this.#committer.ended(through);
    this.#resolveDrained();
  }

  async commit(batch: ConsumedBatch): Promise<CommitOutcome> {
    if (this.#dependencies.options.commit === "none") {
      throw new IggyError(CODE.invalidCommand, {
        command: "store_consumer_offset",
        detail: 'the consumer was made with commit "none"',
        retryable: false,
      });
    }
    this.ended(batch);
    if (!this.owned) return "lost";
    const last = batch.lastOffset;
    const through = this.#committer.endedOffset;
    if (through === undefined || through < last) return "waiting";
    await this.#committer.settle(this.#lost.signal);
    const stored = this.#committer.storedOffset;
    return stored !== undefined && stored >= last ? "stored" : "lost";
  }

  /** Polls nothing more, waits until the open batches have ended, then stores; gives up when `signal` is aborted. */
  async end(signal: AbortSignal): Promise<void> {
    this.close();
    await endsBefore(this.#done, signal);
    const { commit } = this.#dependencies.options;
    // What is committed by hand at the end of the consumer was committed by now, or comes again.
    if (this.#prefix.size > 0 && (commit === "next" || (commit === "manual" && !this.#dependencies.stopping.aborted))) {
      const drained = new Promise<void>((resolve) => {
        this.#onDrained = resolve;
      });
      await endsBefore(drained, signal);
    }
    if (this.owned) await this.#committer.settle(signal);
    this.lose();
  }

  /** As {@link end}, for a partition that another member waits for. */
  async retire(): Promise<void> {
    await this.end(AbortSignal.timeout(DRAIN_TIMEOUT));
  }

  /** Nothing of it is stored any more. */
  lose(): void {
    this.close();
    this.#lost.abort();
    this.#committer.close();
    this.#prefix.clear();
    this.#resolveDrained();
  }

  /** Neither the batch nor those behind it will be asked for. */
  forget(batch: ConsumedBatch): void {
    const handed = this.#handed.get(batch);
    if (handed !== undefined) this.#prefix.cut(handed);
    this.#resolveDrained();
  }

  async store(offset: bigint): Promise<"stored" | "lost" | "gone"> {
    try {
      return await this.#dependencies.membership.store(this.partition, offset, this.history);
    } catch (error) {
      if (error instanceof IggyError && error.code === INVALID_OFFSET) return "gone";
      throw error;
    }
  }

  onLost(): void {
    this.lose();
    this.#dependencies.onStale();
  }

  onFailure(error: unknown, attempts: number): number {
    this.#dependencies.options.onRetry(toIggyError(error, CODE.invalidCommand));
    return backoff(this.#dependencies.options.retry, attempts);
  }

  onStored(): void {}

  #resolveDrained(): void {
    if (this.#prefix.size === 0) this.#onDrained?.();
  }

  #hand({ frames, from, bytes }: PolledBatch): boolean {
    if (this.#dependencies.stopping.aborted || !this.owned) {
      this.#dependencies.buffer.release(bytes);
      return true;
    }
    const batch = new ConsumedBatch(this, frames, from);
    this.#handed.set(batch, this.#prefix.open(batch.firstOffset, batch.lastOffset, undefined));
    this.#dependencies.onBatch(batch);
    return true;
  }

  /** The topic was purged or recreated: what was handed out is of a log that is gone. */
  #restart(): void {
    this.#committer.restart();
    this.#prefix.clear();
    this.#resolveDrained();
  }

  #begin(): Promise<StartPosition | undefined> {
    return repeat(
      async () => {
        const stored = await this.#dependencies.membership.getOffset(this.partition);
        this.#committer.begin(stored, stored);
        return this.#position(stored);
      },
      { signal: this.#closing.signal, onFailure: (error, attempts) => this.#failed(error, attempts) },
    );
  }

  async #position(stored: bigint | undefined): Promise<StartPosition> {
    const { start, options, newestOffset } = this.#dependencies;
    if (start.kind === "offset") return { kind: "offset", next: start.offset };
    if (start.kind !== "next") return start;
    if (stored !== undefined) return { kind: "offset", next: stored + 1n };
    if (options.initial === "first") return { kind: "first" };
    const newest = await newestOffset(this.partition);
    return { kind: "offset", next: newest === undefined ? 0n : newest + 1n };
  }

  /** Waits before the next attempt. @throws IggyError when no attempt can succeed. */
  async #failed(error: unknown, attempts: number): Promise<void> {
    if (this.ending) return;
    const reason = toIggyError(error, CODE.invalidFormat, { retryable: true });
    if (!reason.retryable) throw reason;
    this.#dependencies.options.onRetry(reason);
    await pause(backoff(this.#dependencies.options.retry, attempts), this.#closing.signal);
  }
}
