import type { WeightedSemaphore } from "@iggy-connectors/client";
import type { MessageFrames } from "@iggy-connectors/protocol";
import { type ConsumeResult, FatalError, type FlushContext, type MessageBatch, type Sink } from "@iggy-connectors/sdk";
import type { Task } from "../task/task.ts";
import { attempt, type Outcome } from "./attempts.ts";
import type { FailedMessage, FailureHandler } from "./failure-handler.ts";
import type { PartitionLane } from "./partition-lane.ts";
import { failedInConsume } from "./sink-delivery.ts";
import type { Slots } from "./slots.ts";
import { checkRejected, deliverSplitting, indexOfOffset } from "./split-delivery.ts";

/** A batch that the sink has taken but not written. Its bytes are kept: a message of it may still need a dead letter. */
export interface StagedBatch {
  readonly lane: PartitionLane;
  readonly frames: MessageFrames;
  readonly batch: MessageBatch;
  readonly bytes: number;
  /** Nobody looks at the batch any more. */
  release(): void;
  /** Messages that count as delivered once they are flushed. */
  readonly delivered: number;
  /** Refused by `consume` already, and settled. */
  readonly refused: ReadonlySet<bigint>;
  /** The partition's offset once they are. */
  readonly through: bigint;
}

export interface FlusherParts {
  readonly task: Task;
  readonly sink: Sink;
  readonly slots: Slots;
  readonly budget: WeightedSemaphore;
  readonly failures: FailureHandler;
}

type Reason = FlushContext["reason"];

const PLACE = "flush";

/** Flushes a staging sink by interval, bytes, count, or on request, and moves the offsets of what was flushed. */
export class Flusher {
  readonly #parts: FlusherParts;
  readonly #maxBytes: number;
  #staged: StagedBatch[] = [];
  #bytes = 0;
  #messages = 0;
  #timer: NodeJS.Timeout | undefined;
  #reason: Reason | undefined;
  #waiting: (() => void)[] = [];
  #running = false;
  /** Aborted by the next request, so that one does not wait for a back-off to pass. */
  #patience = new AbortController();

  constructor(parts: FlusherParts) {
    this.#parts = parts;
    const { flush, bufferBytes } = parts.task.spec;
    // Beyond half of the budget there would be no room left to read on while a flush runs.
    const share = Math.max(1, Math.floor(bufferBytes / 2));
    this.#maxBytes = flush.bytes === 0 ? share : Math.min(flush.bytes, share);
  }

  holds(lane: PartitionLane): boolean {
    return this.#staged.some((staged) => staged.lane === lane);
  }

  add(staged: StagedBatch): void {
    this.#staged.push(staged);
    this.#bytes += staged.bytes;
    this.#messages += staged.delivered;
    const { interval, messages } = this.#parts.task.spec.flush;
    if (this.#bytes >= this.#maxBytes) this.#ask("bytes");
    else if (messages > 0 && this.#messages >= messages) this.#ask("messages");
    else if (interval > 0) this.#timer ??= setTimeout(() => this.#ask("interval"), interval);
  }

  /** Resolves when what is staged now was flushed, or when flushing was given up. */
  request(reason: Reason): Promise<void> {
    if (this.#staged.length === 0 && !this.#running) return Promise.resolve();
    const flushed = new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#ask(reason);
    return flushed;
  }

  /** Readers wait for room: writes what is staged, if anything is. */
  relieve(): void {
    if (this.#staged.length > 0) this.#ask("bytes");
  }

  /** Forgets what is staged of a partition that is not ours any more. */
  discard(lane: PartitionLane): void {
    const kept = this.#staged.filter((staged) => staged.lane !== lane);
    const dropped = this.#staged.filter((staged) => staged.lane === lane);
    this.#replace(kept);
    for (const { bytes } of dropped) this.#parts.budget.release(bytes);
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #ask(reason: Reason): void {
    this.#reason ??= reason;
    if (reason === "revocation" || reason === "stop") {
      this.#reason = reason;
      this.#patience.abort();
    }
    if (this.#running) return;
    this.#running = true;
    this.#run().catch((error: unknown) => this.#parts.task.lifetime.fail(error));
  }

  async #run(): Promise<void> {
    try {
      while (this.#reason !== undefined) {
        const reason = this.#reason;
        const waiting = this.#waiting;
        this.#reason = undefined;
        this.#waiting = [];
        this.#patience = new AbortController();
        clearTimeout(this.#timer);
        this.#timer = undefined;
        await this.#flush(reason);
        for (const resolve of waiting) resolve();
      }
    } finally {
      this.#running = false;
      for (const resolve of this.#waiting) resolve();
      this.#waiting = [];
    }
  }

  /** Nobody is inside the plugin while it flushes. */
  async #flush(reason: Reason): Promise<void> {
    const { slots, task } = this.#parts;
    const turn = { held: await slots.take(slots.total, task.lifetime.ended) };
    try {
      if (!turn.held || this.#staged.length === 0) return;
      const outcome = await this.#attempt(reason, turn);
      const staged = this.#staged;
      if (outcome.kind === "abandoned") return;
      this.#replace([]);
      if (outcome.kind === "done") this.#complete(staged, outcome.rejected, outcome.attempts);
      else if (outcome.kind === "exhausted") this.#failAll(staged, outcome.error, outcome.attempts);
      else await this.#isolate(staged, reason, outcome.error, outcome.attempts);
    } finally {
      if (turn.held) slots.give(slots.total);
      task.changed();
    }
  }

  #attempt(reason: Reason, turn: { held: boolean }): Promise<Outcome> {
    const { task, sink, slots } = this.#parts;
    return attempt(task, {
      what: "flush",
      place: PLACE,
      timeout: task.spec.consumeTimeout,
      closing: task.lifetime.stopping.aborted ? task.lifetime.ended : task.lifetime.stopping,
      cut: task.lifetime.ended,
      call: (_attempts, signal) => this.#call(sink, { signal, reason }),
      yield: async (wait) => {
        slots.give(slots.total);
        turn.held = false;
        await wait(this.#patience.signal);
        this.#patience = new AbortController();
        turn.held = await slots.take(slots.total, task.lifetime.ended);
        return turn.held;
      },
    });
  }

  async #call(sink: Sink, context: FlushContext): ReturnType<NonNullable<Sink["flush"]>> {
    const result = await sink.flush?.(context);
    const { failPoints } = this.#parts.task;
    if (failPoints !== undefined) await failPoints("sink.after_flush");
    return result;
  }

  #complete(staged: readonly StagedBatch[], rejected: NonNullable<ConsumeResult["rejected"]>, attempts: number): void {
    const failed = new Map<StagedBatch, FailedMessage[]>();
    for (const { offset, partition, error } of rejected) {
      const batch = staged.find(({ lane, frames }) => isOf(lane, partition, staged) && contains(frames, offset));
      if (batch === undefined) {
        this.#parts.task.lifetime.fail(
          new FatalError(`flush rejected offset ${String(offset)} without naming a partition where it was staged`, {
            code: "IGC_PLUGIN_REJECTED_UNKNOWN",
            fix: "correct the plugin: every rejected message of flush names its partition and an offset it was given",
          }),
        );
        return;
      }
      const list = failed.get(batch) ?? [];
      if (!list.some((known) => known.offset === offset)) {
        list.push(failedInConsume(batch.frames, offset, error, attempts, this.#parts.task));
      }
      failed.set(batch, list);
    }
    for (const batch of staged) this.#finish(batch, failed.get(batch) ?? []);
  }

  #failAll(staged: readonly StagedBatch[], error: unknown, attempts: number): void {
    for (const entry of staged) this.#finish(entry, allFailed(entry, error, attempts, this.#parts.task));
  }

  /**
   * The flush as a whole was refused, and no message was named. Where the sink can discard what it staged, every batch
   * is consumed and flushed again by itself, halved until the culprits are alone.
   */
  async #isolate(staged: readonly StagedBatch[], reason: Reason, error: unknown, attempts: number): Promise<void> {
    const { task, sink } = this.#parts;
    if (sink.revoked === undefined) {
      this.#failAll(staged, error, attempts);
      return;
    }
    const lanes = new Set(staged.map(({ lane }) => lane));
    await sink.revoked([...lanes].map(({ ref }) => ref));
    for (const entry of staged) {
      const failed: FailedMessage[] = [];
      const known = new Set<bigint>();
      const fail = (offset: bigint, cause: unknown, tries: number): void => {
        if (!isCounted(entry, offset) || known.has(offset)) return;
        known.add(offset);
        failed.push(failedInConsume(entry.frames, offset, cause, tries, task));
      };
      const unreported = await deliverSplitting(entry.batch, (part) => this.#again(entry.lane, part, reason), {
        delivered: (_part, rejected, tries) => {
          for (const { offset, error: cause } of rejected) fail(offset, cause, tries);
        },
        failed: (part, cause, tries) => {
          for (let index = 0; index < part.length; index++) fail(part.offset(index), cause, tries);
        },
      });
      // Abandoned: the task ends, and the rest comes again.
      if (unreported !== undefined) return;
      this.#finish(entry, failed);
    }
  }

  #again(lane: PartitionLane, part: MessageBatch, reason: Reason): Promise<Outcome> {
    const { task, sink } = this.#parts;
    return attempt(task, {
      what: "consume and flush",
      place: PLACE,
      timeout: task.spec.consumeTimeout,
      closing: task.lifetime.stopping,
      cut: task.lifetime.ended,
      call: async (attempts, signal) => {
        const consumed = await sink.consume(part, { signal, attempt: attempts });
        const flushed = await sink.flush?.({ signal, reason });
        const rejected = [...(consumed?.rejected ?? []), ...(flushed?.rejected ?? [])];
        checkRejected(rejected, part);
        return { rejected: rejected.map((message) => ({ ...message, partition: lane.ref })) };
      },
    });
  }

  /** The failures of a partition are settled one batch after the other; a batch without any does not wait for nothing. */
  #finish(entry: StagedBatch, failed: readonly FailedMessage[]): void {
    const { lane } = entry;
    if (failed.length === 0 && lane.settling === undefined) {
      this.#end(entry, [], entry.through);
      return;
    }
    lane.settle(async (blocked) => {
      if (blocked) {
        this.#parts.budget.release(entry.bytes);
        return false;
      }
      const due = [...failed].sort((a, b) => (a.offset < b.offset ? -1 : 1));
      const open = await this.#parts.failures.settle(lane, entry.frames, due);
      this.#end(entry, due, open === undefined ? entry.through : open.offset - 1n);
      if (open?.policy === "stop" && !lane.closing.aborted) await this.#parts.failures.block(lane, open);
      return open === undefined;
    });
  }

  #end(entry: StagedBatch, failed: readonly FailedMessage[], through: bigint): void {
    const { lane, frames, batch, bytes, delivered, refused } = entry;
    lane.count("delivered", delivered - failed.length);
    const undelivered = failed.length === 0 ? refused : new Set([...refused, ...failed.map(({ offset }) => offset)]);
    this.#parts.task.measured.delivered(batch, undelivered);
    this.#parts.budget.release(bytes);
    lane.endedThrough(frames, through);
    if (through === frames.offset(frames.length - 1)) {
      entry.release();
      lane.recycle(frames);
    }
  }

  #replace(staged: StagedBatch[]): void {
    this.#staged = staged;
    this.#bytes = staged.reduce((sum, { bytes }) => sum + bytes, 0);
    this.#messages = staged.reduce((sum, { delivered }) => sum + delivered, 0);
  }
}

function allFailed(entry: StagedBatch, error: unknown, attempts: number, task: Task): FailedMessage[] {
  const failed: FailedMessage[] = [];
  let last: bigint | undefined;
  for (let index = 0; index < entry.batch.length; index++) {
    const offset = entry.batch.offset(index);
    // Messages that a transform made of one stand side by side and end as one.
    if (offset !== last && isCounted(entry, offset)) {
      failed.push(failedInConsume(entry.frames, offset, error, attempts, task));
    }
    last = offset;
  }
  return failed;
}

/** Among those that the flush would have ended. */
function isCounted(entry: StagedBatch, offset: bigint): boolean {
  return offset <= entry.through && !entry.refused.has(offset);
}

function isOf(
  lane: PartitionLane,
  partition: NonNullable<ConsumeResult["rejected"]>[number]["partition"],
  staged: readonly StagedBatch[],
): boolean {
  if (partition === undefined) return staged.every((other) => other.lane === lane);
  const { ref } = lane;
  return ref.partition === partition.partition && ref.stream === partition.stream && ref.topic === partition.topic;
}

function contains(frames: MessageFrames, offset: bigint): boolean {
  return indexOfOffset(frames.length, (index) => frames.offset(index), offset) !== -1;
}
