import { endsBefore, type WeightedSemaphore } from "@iggy-connectors/client";
import type {
  ConsumeContext,
  ConsumeResult,
  FlushContext,
  MessageBatch,
  PartitionRef,
  Sink,
} from "@iggy-connectors/sdk";
import { forgetValues, type MessageFailure } from "@iggy-connectors/transforms";
import type { FailurePolicy } from "../../failures/failure-policy.ts";
import type { Task } from "../../task/task.ts";
import { type CallOutcome, callRepeatedly } from "../delivery/plugin-attempts.ts";
import { recordedThrough } from "../delivery/recorded-prefix.ts";
import { checkRejected } from "../delivery/rejected-messages.ts";
import { blockPartition, settleFailures } from "../delivery/settle-failures.ts";
import { Turn } from "../delivery/turn.ts";
import { UndecidedRounds } from "../delivery/undecided.ts";
import { messageRange } from "../message-range.ts";
import { allFailures, type Isolation, isolatedFailures, namedFailures } from "./flush-failures.ts";
import { type StagedBatch, StagedBatches, type StagingArea, type StagingPartition } from "./staged-batch.ts";

export interface FlusherDependencies {
  readonly task: Task;
  readonly sink: Sink;
  /** How many partitions may be in the plugin at once; a flush takes all of it. */
  readonly pluginSlots: WeightedSemaphore;
  /** Bytes of polled messages that are held. */
  readonly buffer: WeightedSemaphore;
  readonly failures: FailurePolicy;
}

type Reason = FlushContext["reason"];

const PLACE = "flush";

/**
 * Flushes a staging sink and moves the offsets of what was flushed (Invariant 1: not before).
 *
 * | state    | what is the case                                | becomes                                                |
 * | -------- | ----------------------------------------------- | ------------------------------------------------------ |
 * | empty    | nothing is staged, no timer runs                | staged, by `add`                                       |
 * | staged   | batches are staged, the interval's timer runs   | entering, by `flush_bytes`, `flush_messages`, the       |
 * |          |                                                 | interval, readers that wait for buffer, or a `request` |
 * | entering | waits for all plugin slots: partitions that are | flushing; empty when `discard` took the last batch; or  |
 * |          | in `consume` finish their call                  | the task ends                                          |
 * | flushing | no partition is in the plugin, `flush` runs     | empty, when it succeeded, was refused or exhausted its |
 * |          |                                                 | attempts; backing off, when it is to be repeated       |
 * | backing  | the slots are given up, partitions consume and  | entering, after the delay, or at once by a `request`   |
 * | off      | stage more                                      | for a revocation or the stop                           |
 *
 * What is staged when the flush returns was flushed: nothing is staged while it runs. Batches end in the order in which
 * they were staged. Those without a failed message end at once; failed messages are settled beside the next flush, in
 * order for each partition, and a partition reads nothing further meanwhile. A request that comes during a flush is answered
 * by the next one. A flush that is abandoned, because the task ends, leaves its batches staged: they are never stored and
 * come again.
 */
export class Flusher implements StagingArea {
  readonly #dependencies: FlusherDependencies;
  readonly #maxBytes: number;
  readonly #staged = new StagedBatches();
  #timer: NodeJS.Timeout | undefined;
  /** Why the next flush is due; undefined: it is not. */
  #due: Reason | undefined;
  /** Requests that the next flush answers. */
  #waiting: (() => void)[] = [];
  #running = false;
  /** Aborted by a request for a revocation or the stop, which does not wait for a back-off to pass. */
  #hurry = new AbortController();

  constructor(dependencies: FlusherDependencies) {
    this.#dependencies = dependencies;
    const { flush, bufferBytes } = dependencies.task.spec;
    // With more than half of the buffer there would be no capacity to read on while a flush runs.
    const share = Math.max(1, Math.floor(bufferBytes / 2));
    this.#maxBytes = flush.bytes === 0 ? share : Math.min(flush.bytes, share);
  }

  holds(partition: StagingPartition): boolean {
    return this.#staged.holds(partition);
  }

  add(staged: StagedBatch): void {
    this.#staged.add(staged);
    const { interval, messages } = this.#dependencies.task.spec.flush;
    const part = this.#dependencies.task.suspects.partAt(staged.partition.ref, staged.frames.offset(0));
    if (this.#staged.bytes >= this.#maxBytes) this.#ask("bytes");
    else if (part !== undefined && this.#staged.messages >= part) this.#ask("messages");
    else if (messages > 0 && this.#staged.messages >= messages) this.#ask("messages");
    else if (interval > 0) this.#timer ??= setTimeout(() => this.#ask("interval"), interval);
  }

  /** Resolves when what is staged now was flushed, or when flushing was given up. */
  request(reason: Reason): Promise<void> {
    if (this.#staged.empty && !this.#running) return Promise.resolve();
    const flushed = new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#ask(reason);
    return flushed;
  }

  /** Readers wait for buffer: writes what is staged, if anything is. */
  relieve(): void {
    if (!this.#staged.empty) this.#ask("bytes");
  }

  /** Forgets what is staged of a partition that is no longer ours. */
  discard(partition: StagingPartition): void {
    for (const { bytes } of this.#staged.takeOf(partition)) this.#dependencies.buffer.release(bytes);
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #ask(reason: Reason): void {
    this.#due ??= reason;
    if (reason === "revocation" || reason === "stop") {
      this.#due = reason;
      this.#hurry.abort();
    }
    if (this.#running) return;
    this.#running = true;
    this.#run().catch((error: unknown) => this.#dependencies.task.lifetime.fail(error));
  }

  async #run(): Promise<void> {
    try {
      while (this.#due !== undefined) {
        const reason = this.#due;
        const waiting = this.#waiting;
        this.#due = undefined;
        this.#waiting = [];
        this.#hurry = new AbortController();
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

  async #flush(reason: Reason): Promise<void> {
    const { pluginSlots, task } = this.#dependencies;
    const turn = new Turn(
      () => pluginSlots.acquire(pluginSlots.limit, task.lifetime.ended),
      () => pluginSlots.release(pluginSlots.limit),
    );
    try {
      if (!(await turn.begin()) || this.#staged.empty) return;
      // Invariant 6: a target that keeps offsets records them past failed messages, whose dead letters must be there by then.
      if (this.#dependencies.sink.committed !== undefined) {
        if (!(await endsBefore(this.#staged.settled(), task.lifetime.ended))) return;
      }
      const outcome = await this.#callFlush(reason, turn);
      if (outcome.kind !== "abandoned") await this.#complete(this.#staged.takeAll(), reason, outcome);
    } finally {
      turn.end();
      task.changed();
    }
  }

  #callFlush(reason: Reason, turn: Turn): Promise<CallOutcome> {
    const { task, sink } = this.#dependencies;
    return callRepeatedly(task, {
      what: "flush",
      place: PLACE,
      messages: this.#staged.ranges(),
      timeout: task.spec.consumeTimeout,
      closing: task.lifetime.stopping.aborted ? task.lifetime.ended : task.lifetime.stopping,
      abandoned: task.lifetime.ended,
      ...(sink.revoked === undefined ? {} : { unclearAttempts: 3 }),
      // Which partition it was about the error does not say; all are asked again.
      onMoved: (error) => {
        for (const partition of this.#staged.partitions()) partition.recordMoved(error);
      },
      call: async (_attempt, signal) => {
        const result = await sink.flush?.({ signal, reason });
        if (task.failPoints !== undefined) await task.failPoints("sink.after_flush");
        return result;
      },
      suspend: (wait) =>
        turn.suspend(async () => {
          await wait(this.#hurry.signal);
          this.#hurry = new AbortController();
        }),
    });
  }

  async #complete(
    staged: readonly StagedBatch[],
    reason: Reason,
    outcome: Exclude<CallOutcome, { kind: "abandoned" }>,
  ): Promise<void> {
    const { task, sink } = this.#dependencies;
    if (outcome.kind === "done") {
      const failures = namedFailures(staged, outcome.rejected, outcome.attempts);
      if (failures instanceof Error) task.lifetime.fail(failures);
      else for (const entry of staged) this.#flushed(entry, failures.get(entry) ?? []);
      return;
    }
    const { error, attempts } = outcome;
    if (outcome.kind !== "exhausted" && sink.revoked !== undefined) await this.#isolate(staged, reason);
    else for (const entry of staged) this.#finish(entry, allFailures(entry, error, attempts));
  }

  /**
   * The flush as a whole was refused, or it is unclear who is to blame, and no message was named. The sink discards what it staged,
   * and every batch is consumed and flushed again by itself, halved until the messages in question are alone. While nothing can be
   * decided no other batch is consumed, which would pass this one.
   */
  async #isolate(staged: readonly StagedBatch[], reason: Reason): Promise<void> {
    const { sink, task } = this.#dependencies;
    const partitions = new Set(staged.map(({ partition }) => partition));
    await sink.revoked?.([...partitions].map(({ ref }) => ref));
    const undecided = new UndecidedRounds();
    const { stopping } = task.lifetime;
    const isolation: Isolation = {
      undecided,
      blame: undecided.blame(),
      nextRound: (open) =>
        undecided.next(task, open, { method: "flush", place: PLACE, closing: stopping }, async (wait) => {
          await wait();
          return true;
        }),
    };
    for (const entry of staged) {
      // The task ends, or the batch comes again.
      if (!(await entry.partition.restore(entry.frames))) return;
      const failures = await isolatedFailures(entry, isolation, (part, attempts) =>
        this.#consumeAndFlush(entry.partition, part, reason, attempts),
      );
      // The task ends or the target was set back, and the rest comes again.
      if (failures === undefined) return;
      this.#flushed(entry, failures);
    }
  }

  #consumeAndFlush(
    partition: StagingPartition,
    part: MessageBatch,
    reason: Reason,
    unclearAttempts: number,
  ): Promise<CallOutcome> {
    const { task } = this.#dependencies;
    const { ref } = partition;
    return callRepeatedly(task, {
      what: "consume and flush",
      unclearAttempts,
      logged: false,
      place: PLACE,
      messages: [messageRange(ref, part.firstOffset, part.lastOffset)],
      timeout: task.spec.consumeTimeout,
      closing: task.lifetime.stopping,
      abandoned: task.lifetime.ended,
      onMoved: (error) => partition.recordMoved(error),
      call: async (attempt, signal) => {
        const { consumed, flushed } = await this.#stageAndWrite(ref, part, { signal, attempt, reason });
        const rejected = [...(consumed?.rejected ?? []), ...(flushed?.rejected ?? [])];
        checkRejected(rejected, part);
        return { rejected: rejected.map((message) => ({ ...message, partition: ref })) };
      },
    });
  }

  /** What a failed attempt has staged must not be in the next one. */
  async #stageAndWrite(
    ref: PartitionRef,
    part: MessageBatch,
    { signal, attempt, reason }: ConsumeContext & FlushContext,
  ): Promise<{ consumed: ConsumeResult | undefined; flushed: ConsumeResult | undefined }> {
    const { sink } = this.#dependencies;
    try {
      const consumed = (await sink.consume(part, { signal, attempt })) ?? undefined;
      const flushed = (await sink.flush?.({ signal, reason })) ?? undefined;
      return { consumed, flushed };
    } catch (error) {
      await sink.revoked?.([ref]);
      forgetValues(part);
      throw error;
    }
  }

  /** The sink wrote the batch, but for these messages. */
  #flushed(entry: StagedBatch, failed: readonly MessageFailure[]): void {
    const { partition, batch, frames, rejected } = entry;
    if (batch.length > 0) {
      const open = [...rejected, ...failed.map(({ index }) => frames.offset(index))];
      const through = recordedThrough(
        batch,
        open.map((offset) => ({ offset })),
      );
      if (through !== undefined) partition.recordedThrough(through);
    }
    this.#finish(entry, failed);
  }

  /** The failures of a partition are settled one batch after the other; a batch without any waits only for those before it. */
  #finish(entry: StagedBatch, failed: readonly MessageFailure[]): void {
    const { partition, frames, settling } = entry;
    if (failed.length === 0 && partition.settling === undefined && settling === undefined) {
      this.#end(entry, [], entry.through);
      return;
    }
    const { buffer, failures } = this.#dependencies;
    partition.settleInOrder(async (blocked) => {
      if (blocked) {
        buffer.release(entry.bytes);
        return false;
      }
      const earlier = await settling;
      const limit = earlier?.through ?? entry.through;
      const due = failed.filter(({ index }) => frames.offset(index) <= limit).sort((a, b) => a.index - b.index);
      const { through, complete, blockedBy } = await settleFailures(failures, partition, frames, due, limit);
      this.#end(entry, due, through);
      if (blockedBy !== undefined && !partition.closing.aborted) {
        await blockPartition(failures, partition, frames, blockedBy);
      }
      return complete && earlier?.complete !== false;
    });
  }

  #end(entry: StagedBatch, failed: readonly MessageFailure[], through: bigint): void {
    const { partition, frames, batch, bytes, delivered, rejected } = entry;
    partition.count("delivered", delivered - failed.length);
    const undelivered =
      failed.length === 0 ? rejected : new Set([...rejected, ...failed.map(({ index }) => frames.offset(index))]);
    this.#dependencies.task.measured.delivered(batch, undelivered);
    this.#dependencies.buffer.release(bytes);
    partition.endedThrough(frames, through);
    if (through === frames.offset(frames.length - 1)) {
      entry.release();
      partition.recycle(frames);
    }
  }
}
