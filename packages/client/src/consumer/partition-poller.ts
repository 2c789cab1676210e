import type { MessageFrames, PollingStrategy } from "@iggy-connectors/protocol";
import type { ByteBudget } from "../concurrency/byte-budget.ts";

/** What partitions are polled from; a `GroupMember` is one. */
export interface PartitionSource {
  /** `fenced`: the partition is not, or no longer, ours to read. */
  poll(partition: number, strategy: PollingStrategy, count: number): Promise<MessageFrames | "fenced">;
}

/** Where reading starts when there is no offset to continue from. */
export type StartPosition =
  | { readonly kind: "offset"; readonly next: bigint }
  | Exclude<PollingStrategy, { kind: "offset" }>;

export type Polled =
  | {
      readonly kind: "messages";
      readonly frames: MessageFrames;
      /** The first frame to take; those before it were read already. */
      readonly from: number;
      /** Held in the budget until released. */
      readonly bytes: number;
      /** Messages that were removed from the log before they were read. */
      readonly expired: bigint;
    }
  | { readonly kind: "empty" }
  /** The log ends before the position: it was purged or made anew. */
  | { readonly kind: "restarted"; readonly next: bigint; readonly currentOffset: bigint }
  | { readonly kind: "fenced" }
  | { readonly kind: "failed"; readonly error: unknown };

/** What a partition's reply is taken to hold before the first one came. */
const FIRST_ESTIMATE = 64 * 1024;

/**
 * Reads one partition in order, by explicit offset, one reply ahead where the budget allows. Never rejects: a failed poll
 * is an answer like any other, and the next one reads from the same position.
 */
export class PartitionPoller {
  readonly #source: PartitionSource;
  readonly #partition: number;
  readonly #batchLength: number;
  readonly #budget: ByteBudget;
  #strategy: PollingStrategy;
  #next: bigint | undefined;
  #estimate = FIRST_ESTIMATE;
  #ahead: Promise<Polled | undefined> | undefined;
  #currentOffset: bigint | undefined;

  constructor(
    source: PartitionSource,
    partition: number,
    batchLength: number,
    budget: ByteBudget,
    start: StartPosition,
  ) {
    this.#source = source;
    this.#partition = partition;
    this.#batchLength = batchLength;
    this.#budget = budget;
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

  /** The next reply; undefined when the signal was aborted while waiting for room. */
  async take(signal: AbortSignal): Promise<Polled | undefined> {
    const ahead = this.#ahead;
    this.#ahead = undefined;
    return ahead ?? this.#pollWhenRoom(signal);
  }

  /** Starts the next poll now, when the budget has room without waiting. */
  readAhead(): void {
    if (this.#ahead !== undefined || !this.#budget.tryReserve(this.#estimate)) return;
    this.#ahead = this.#poll();
  }

  /** Reads from the log's first message on. */
  restart(): void {
    this.#strategy = { kind: "first" };
    this.#next = undefined;
    this.#currentOffset = undefined;
  }

  /** Gives back what was read ahead and will not be taken. */
  async discard(): Promise<void> {
    const polled = await this.#ahead;
    this.#ahead = undefined;
    if (polled?.kind === "messages") this.#budget.release(polled.bytes);
  }

  async #pollWhenRoom(signal: AbortSignal): Promise<Polled | undefined> {
    if (!(await this.#budget.reserve(this.#estimate, signal))) return undefined;
    return this.#poll();
  }

  /** Polls with `#estimate` bytes reserved. */
  async #poll(): Promise<Polled> {
    const reserved = this.#estimate;
    let frames: MessageFrames | "fenced";
    try {
      frames = await this.#source.poll(this.#partition, this.#strategy, this.#batchLength);
    } catch (error) {
      this.#budget.release(reserved);
      return { kind: "failed", error };
    }
    if (frames === "fenced" || frames.length === 0) {
      this.#budget.release(reserved);
      return frames === "fenced" ? { kind: "fenced" } : this.#nothing(frames.currentOffset);
    }
    if (frames.partition !== this.#partition) {
      this.#budget.release(reserved);
      return { kind: "failed", error: new Error(`a poll was answered with partition ${frames.partition}`) };
    }
    const bytes = frames.buffer.length;
    this.#budget.correct(reserved, bytes);
    this.#estimate = Math.max(FIRST_ESTIMATE, bytes);
    return this.#messages(frames, bytes);
  }

  #messages(frames: MessageFrames, bytes: number): Polled {
    const expected = this.#next;
    let from = 0;
    if (expected !== undefined) while (from < frames.length && frames.offset(from) < expected) from += 1;
    if (from === frames.length) {
      this.#budget.release(bytes);
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
    // 0 with nothing read is said of an empty partition too.
    this.#currentOffset = currentOffset === 0n && (next === undefined || next === 0n) ? undefined : currentOffset;
    return { kind: "empty" };
  }
}

/** `first` finds the oldest kept message where offset 0 has expired. */
function offsetStrategy(next: bigint): PollingStrategy {
  return next === 0n ? { kind: "first" } : { kind: "offset", offset: next };
}
