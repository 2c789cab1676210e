import type { PollingStrategy } from "@iggy-connectors/protocol";
import { backoff } from "../concurrency/backoff.ts";
import type { ByteBudget } from "../concurrency/byte-budget.ts";
import { endsBefore, pause } from "../concurrency/signals.ts";
import { CODE, IggyError, toIggyError } from "../errors/errors.ts";
import { type BatchOwner, type CommitOutcome, ConsumedBatch } from "./consumed-batch.ts";
import { EndedPrefix, type OpenRange } from "./ended-prefix.ts";
import type { PartitionMembership } from "./membership.ts";
import { OffsetCommitter, type OffsetStore } from "./offset-committer.ts";
import type { ResolvedConsumerOptions } from "./options.ts";
import { PartitionPoller, type Polled, type StartPosition } from "./partition-poller.ts";

export interface PartitionParts {
  readonly membership: PartitionMembership;
  readonly options: ResolvedConsumerOptions;
  readonly budget: ByteBudget;
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
  /** Nothing more can be read, ever. */
  onFailure(error: IggyError): void;
}

/** Milliseconds between two polls of a partition that had nothing, doubled up to `pollInterval`. */
const FIRST_IDLE = 1;
/** Milliseconds that what is in hand of a revoked partition may take; the server waits for it, but not for ever. */
const DRAIN_TIMEOUT = 10_000;
/** The server has no such offset: the log is shorter than what was read. */
const INVALID_OFFSET = 4100;

/** One partition of a consumer: polled in order, handed out, its ended prefix stored. */
export class ConsumerPartition implements BatchOwner, OffsetStore {
  readonly partition: number;
  readonly #parts: PartitionParts;
  readonly #committer: OffsetCommitter;
  readonly #prefix = new EndedPrefix();
  readonly #handed = new WeakMap<ConsumedBatch, OpenRange<undefined>>();
  readonly #closing = new AbortController();
  readonly #lost = new AbortController();
  #onDrained: (() => void) | undefined;
  #done: Promise<void> = Promise.resolve();

  constructor(partition: number, parts: PartitionParts) {
    this.partition = partition;
    this.#parts = parts;
    this.#committer = new OffsetCommitter(this, parts.options.commitInterval);
  }

  get owned(): boolean {
    return !this.#lost.signal.aborted;
  }

  /** Whether the partition is on its way out. */
  get ending(): boolean {
    return this.#closing.signal.aborted;
  }

  /** Batches that were polled and do not count as processed yet, with those that wait for one before them. */
  get open(): number {
    return this.#prefix.size;
  }

  /** Whether the batch does not count as processed yet. */
  isOpen(batch: ConsumedBatch): boolean {
    const handed = this.#handed.get(batch);
    return this.owned && handed !== undefined && handed.through < handed.last;
  }

  begin(): void {
    this.#done = this.#run().catch((error: unknown) => {
      this.#parts.onFailure(toIggyError(error, CODE.invalidCommand, { retryable: false }));
    });
  }

  /** Every message of the batch is processed. */
  ended(batch: ConsumedBatch): void {
    const handed = this.#handed.get(batch);
    if (handed === undefined) return;
    const through = this.#prefix.end(handed);
    if (through !== undefined && this.#parts.options.commit !== "none") this.#committer.ended(through);
    this.#checkDrained();
  }

  async commit(batch: ConsumedBatch): Promise<CommitOutcome> {
    if (this.#parts.options.commit === "none") {
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

  /** Polls nothing more, waits until what was handed out has ended, then stores; gives up when `signal` is aborted. */
  async end(signal: AbortSignal): Promise<void> {
    this.#closing.abort();
    await endsBefore(this.#done, signal);
    const { commit } = this.#parts.options;
    // What is committed by hand at the end of the consumer was committed by now, or comes again.
    if (this.#prefix.size > 0 && (commit === "next" || (commit === "manual" && !this.#parts.stopping.aborted))) {
      const drained = new Promise<void>((resolve) => {
        this.#onDrained = resolve;
      });
      await endsBefore(drained, signal);
    }
    if (this.owned) await this.#committer.settle(signal);
    this.lose();
  }

  /** As {@link end}, for a partition that another member is waiting for. */
  async revoke(): Promise<void> {
    await this.end(AbortSignal.timeout(DRAIN_TIMEOUT));
  }

  /** Nothing of it is stored any more. */
  lose(): void {
    this.#closing.abort();
    this.#lost.abort();
    this.#committer.close();
    this.#prefix.clear();
    this.#checkDrained();
  }

  /** Nobody will ask for the batch, nor for those behind it. */
  forget(batch: ConsumedBatch): void {
    const handed = this.#handed.get(batch);
    if (handed !== undefined) this.#prefix.cut(handed);
    this.#checkDrained();
  }

  async store(offset: bigint): Promise<"stored" | "lost" | "gone"> {
    try {
      return await this.#parts.membership.store(this.partition, offset);
    } catch (error) {
      if (error instanceof IggyError && error.code === INVALID_OFFSET) return "gone";
      throw error;
    }
  }

  onLost(): void {
    this.lose();
    this.#parts.onStale();
  }

  onFailure(error: unknown, attempts: number): number {
    this.#parts.options.onRetry(toIggyError(error, CODE.invalidCommand));
    return backoff(this.#parts.options.retry, attempts);
  }

  onStored(): void {}

  #checkDrained(): void {
    if (this.#prefix.size === 0) this.#onDrained?.();
  }

  async #run(): Promise<void> {
    const { options, membership, budget, onStale } = this.#parts;
    const poller = await this.#begin((position) => {
      return new PartitionPoller(membership, this.partition, options.batchMessages, budget, position);
    });
    let idle = FIRST_IDLE;
    let failures = 0;
    while (poller !== undefined && !this.ending) {
      const polled = await poller.take(this.#closing.signal);
      if (polled === undefined) return;
      failures = polled.kind === "failed" ? failures + 1 : 0;
      if (polled.kind === "messages") {
        idle = FIRST_IDLE;
        this.#hand(polled);
      } else if (polled.kind === "empty") {
        await pause(Math.min(idle, options.pollInterval), this.#closing.signal);
        idle = Math.min(idle * 2, options.pollInterval);
      } else if (polled.kind === "restarted") {
        // The topic was purged or made anew: what was handed out is of a log that is gone.
        poller.restart();
        this.#committer.restart();
        this.#prefix.clear();
        this.#checkDrained();
      } else if (polled.kind === "fenced") {
        this.#closing.abort();
        onStale();
      } else {
        await this.#failed(polled.error, failures);
      }
    }
  }

  #hand({ frames, from, bytes }: Extract<Polled, { kind: "messages" }>): void {
    if (this.#parts.stopping.aborted || !this.owned) {
      this.#parts.budget.release(bytes);
      return;
    }
    const batch = new ConsumedBatch(this, frames, from);
    this.#handed.set(batch, this.#prefix.open(batch.firstOffset, batch.lastOffset, undefined));
    this.#parts.onBatch(batch);
  }

  /** Where to read from, asked until it is known; undefined: closed first. */
  async #begin(make: (position: StartPosition) => PartitionPoller): Promise<PartitionPoller | undefined> {
    for (let attempts = 1; !this.ending; attempts++) {
      try {
        const stored = await this.#parts.membership.getOffset(this.partition);
        this.#committer.begin(stored, stored);
        return make(await this.#position(stored));
      } catch (error) {
        await this.#failed(error, attempts);
      }
    }
    return undefined;
  }

  async #position(stored: bigint | undefined): Promise<StartPosition> {
    const { start, options, newestOffset } = this.#parts;
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
    this.#parts.options.onRetry(reason);
    await pause(backoff(this.#parts.options.retry, attempts), this.#closing.signal);
  }
}
