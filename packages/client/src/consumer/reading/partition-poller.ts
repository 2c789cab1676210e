import type { MessageFrames, PollingStrategy } from "@iggy-connectors/protocol";
import type { WeightedSemaphore } from "../../concurrency/weighted-semaphore.ts";
import type { Landmark } from "./log-watch.ts";

/** Where partitions are polled from; a `GroupMember` is one. */
export interface PartitionSource {
  /** `fenced`: the partition is not, or no longer, ours to read. */
  poll(partition: number, strategy: PollingStrategy, count: number): Promise<MessageFrames | "fenced">;
}

/** Where reading starts when there is no offset to continue from. */
export type StartPosition =
  /** `landmark`: the message before `next`, where it is known. */
  | { readonly kind: "offset"; readonly next: bigint; readonly landmark?: Landmark | undefined }
  | Exclude<PollingStrategy, { kind: "offset" }>;

/** A batch of messages as it was polled. */
export interface PolledBatch {
  readonly kind: "messages";
  readonly frames: MessageFrames;
  /** Index of the first message of the batch; those before it were read already. */
  readonly from: number;
  /** Held in the buffer until released. */
  readonly bytes: number;
  /** Messages that were removed from the log before they were read. */
  readonly expired: bigint;
}

/** The log is another one than was read: it was purged or recreated. It ends before the position, or has grown past it already. */
export interface RestartedLog {
  readonly kind: "restarted";
  /** The position in the former log. */
  readonly next: bigint;
  /** Offset of the log's newest message. */
  readonly currentOffset: bigint;
}

export type Polled =
  | PolledBatch
  | { readonly kind: "empty" }
  | RestartedLog
  | { readonly kind: "fenced" }
  | { readonly kind: "failed"; readonly error: unknown };

/** Bytes that a partition's batch is expected to hold before the first one was polled. */
const FIRST_ESTIMATE = 64 * 1024;

/**
 * Polls one partition in order, by explicit offset, one batch ahead where the buffer allows. Never rejects: a failed poll
 * is an answer like any other, and the next one reads from the same position.
 */
export class PartitionPoller {
  readonly #source: PartitionSource;
  readonly #partition: number;
  readonly #batchLength: number;
  readonly #buffer: WeightedSemaphore;
  #strategy: PollingStrategy;
  #next: bigint | undefined;
  #estimate = FIRST_ESTIMATE;
  #ahead: Promise<Polled | undefined> | undefined;
  #currentOffset: bigint | undefined;

  constructor(
    source: PartitionSource,
    partition: number,
    batchLength: number,
    buffer: WeightedSemaphore,
    start: StartPosition,
  ) {
    this.#source = source;
    this.#partition = partition;
    this.#batchLength = batchLength;
    this.#buffer = buffer;
    this.#strategy = start.kind === "offset" ? offsetStrategy(start.next) : start;
    this.#next = start.kind === "offset" ? start.next : undefined;
  }

  /** Offset of the partition's newest message as last seen; undefined while it is empty or unknown. */
  get currentOffset(): bigint | undefined {
    return this.#currentOffset;
  }

  get next(): bigint | undefined {
    return this.#next;
  }

  get readsAhead(): boolean {
    return this.#ahead !== undefined;
  }

  /** The next answer; undefined when the signal was aborted while waiting for capacity. */
  async take(signal: AbortSignal): Promise<Polled | undefined> {
    const ahead = this.#ahead;
    this.#ahead = undefined;
    return ahead ?? this.#pollWithCapacity(signal);
  }

  /** Starts the next poll now, when the buffer has capacity without waiting. */
  readAhead(): void {
    if (this.#ahead !== undefined || !this.#buffer.tryAcquire(this.#estimate)) return;
    this.#ahead = this.#poll();
  }

  /** Polls from the log's first message on. */
  restart(): void {
    this.#strategy = { kind: "first" };
    this.#next = undefined;
    this.#currentOffset = undefined;
  }

  /** Polls from an earlier offset on again. What was read ahead has to be discarded before. */
  rewind(next: bigint): void {
    this.#strategy = offsetStrategy(next);
    this.#next = next;
  }

  /** Releases what was read ahead and will not be taken. */
  async discard(): Promise<void> {
    const polled = await this.#ahead;
    this.#ahead = undefined;
    if (polled?.kind === "messages") this.#buffer.release(polled.bytes);
  }

  async #pollWithCapacity(signal: AbortSignal): Promise<Polled | undefined> {
    if (!(await this.#buffer.acquire(this.#estimate, signal))) return undefined;
    return this.#poll();
  }

  /** Polls with `#estimate` bytes acquired. */
  async #poll(): Promise<Polled> {
    const acquired = this.#estimate;
    let frames: MessageFrames | "fenced";
    try {
      frames = await this.#source.poll(this.#partition, this.#strategy, this.#batchLength);
    } catch (error) {
      this.#buffer.release(acquired);
      return { kind: "failed", error };
    }
    if (frames === "fenced" || frames.length === 0) {
      this.#buffer.release(acquired);
      return frames === "fenced" ? { kind: "fenced" } : this.#nothing(frames.currentOffset);
    }
    if (frames.partition !== this.#partition) {
      this.#buffer.release(acquired);
      return { kind: "failed", error: new Error(`a poll was answered with partition ${frames.partition}`) };
    }
    const bytes = frames.buffer.length;
    this.#buffer.correct(acquired, bytes);
    this.#estimate = Math.max(FIRST_ESTIMATE, bytes);
    return this.#messages(frames, bytes);
  }

  #messages(frames: MessageFrames, bytes: number): Polled {
    const expected = this.#next;
    let from = 0;
    if (expected !== undefined) while (from < frames.length && frames.offset(from) < expected) from += 1;
    if (from === frames.length) {
      this.#buffer.release(bytes);
      return { kind: "failed", error: new Error(`a poll from offset ${expected} was answered with older messages`) };
    }
    const first = frames.offset(from);
    this.#next = frames.offset(frames.length - 1) + 1n;
    this.#strategy = offsetStrategy(this.#next);
    this.#currentOffset = frames.currentOffset;
    const expired = expected === undefined ? 0n : first - expected;
    return { kind: "messages", frames, from, bytes, expired };
  }

  #nothing(currentOffset: bigint): Polled {
    const next = this.#next;
    if (next !== undefined && next > currentOffset + 1n) return { kind: "restarted", next, currentOffset };
    // An empty partition is reported with 0 as well.
    this.#currentOffset = currentOffset === 0n && (next === undefined || next === 0n) ? undefined : currentOffset;
    return { kind: "empty" };
  }
}

/** `first` finds the oldest kept message where offset 0 has expired. */
function offsetStrategy(next: bigint): PollingStrategy {
  return next === 0n ? { kind: "first" } : { kind: "offset", offset: next };
}
