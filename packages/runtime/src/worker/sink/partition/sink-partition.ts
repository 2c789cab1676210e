import {
  type AssignedPartition,
  endsBefore,
  type PartitionEnd,
  type PartitionMembership,
  PartitionReader,
  type PolledBatch,
  type RestartedLog,
  type StartPosition,
  type WeightedSemaphore,
} from "@iggy-connectors/client";
import type { MessageFrames } from "@iggy-connectors/protocol";
import type { PartitionRef, Sink } from "@iggy-connectors/sdk";
import type { BatchPlan } from "@iggy-connectors/transforms";
import { isMissing } from "../../../shared/iggy/find-topic.ts";
import type { PartitionStatus } from "../../../shared/task/task-status.ts";
import { backOff, CANCELLED, type RetryOptions, retry } from "../../task/retry.ts";
import type { Task } from "../../task/task.ts";
import type { DeliveringPartition } from "../delivery/batch-partition.ts";
import { callRepeatedly } from "../delivery/plugin-attempts.ts";
import type { BatchProcessor } from "../delivery/process-batch.ts";
import type { MessageAccount, MessageOutcome } from "../message-account.ts";
import type { Flusher } from "../staging/flusher.ts";
import type { StagingPartition } from "../staging/staged-batch.ts";
import { BatchesInFlight } from "./batches-in-flight.ts";
import { PartitionProgress } from "./partition-progress.ts";
import { PartitionTurn } from "./partition-turn.ts";
import type { Start } from "./start-position.ts";

export interface SinkPartitionDependencies {
  readonly task: Task;
  readonly sink: Sink;
  readonly member: PartitionMembership;
  readonly plan: BatchPlan;
  readonly batchLength: number;
  /** Milliseconds between two polls at least when the last one returned nothing. */
  readonly pollInterval: number;
  /** How many partitions may be in the plugin at once. */
  readonly pluginSlots: WeightedSemaphore;
  /** Bytes of polled messages that are held. */
  readonly buffer: WeightedSemaphore;
  readonly account: MessageAccount;
  readonly processor: BatchProcessor;
  readonly flusher: Flusher | undefined;
  readStart(ref: PartitionRef): Promise<Start>;
  /** The partition is fenced or lost: the assignment should be read again. */
  onStale(): void;
}

/** Milliseconds up to which the pause between two polls that return nothing doubles. */
const MAX_IDLE = 100;

/**
 * What a task keeps of one partition that it owns: its offsets and what is open of it. Reads it, has its batches delivered in
 * order, and stores the end of what ended.
 *
 * | state     | what is the case                                         | becomes                                         |
 * | --------- | -------------------------------------------------------- | ----------------------------------------------- |
 * | reading   | batches are polled, delivered and their offsets stored   | closing, by `close` or a fence; abandoned       |
 * | closing   | nothing is polled; open batches are finished. A batch    | abandoned, when `drain` is done, at the         |
 * |           | that was polled before is begun only where the partition | deadline, or because the partition is lost      |
 * |           | is revoked: the server waits for it                      |                                                 |
 * | abandoned | attempts in progress are aborted; what did not end comes | released, by `release`, when no call is inside  |
 * |           | again                                                    |                                                 |
 * | released  | nothing of it counts or is stored any more               |                                                 |
 */
export class SinkPartition implements AssignedPartition, DeliveringPartition, StagingPartition {
  readonly ref: PartitionRef;
  /** Names the partition in states and logs. */
  readonly place: string;
  readonly plan: BatchPlan;
  readonly #dependencies: SinkPartitionDependencies;
  readonly #reader: PartitionReader;
  readonly #progress: PartitionProgress;
  readonly #inFlight: BatchesInFlight;
  readonly #turn: PartitionTurn;
  readonly #closing = new AbortController();
  readonly #abandoned = new AbortController();
  #end: PartitionEnd | undefined;
  #settling: Promise<void> | undefined;
  #blocked = false;
  #done: Promise<void> = Promise.resolve();

  constructor(ref: PartitionRef, dependencies: SinkPartitionDependencies) {
    const { task, member, batchLength, pollInterval, pluginSlots, buffer, plan, account } = dependencies;
    const { spec, lifetime } = task;
    this.ref = ref;
    this.place = `${ref.stream}/${ref.topic}/${ref.partition}`;
    this.plan = plan;
    this.#dependencies = dependencies;
    this.#turn = new PartitionTurn(pluginSlots, spec.maxInFlight);
    this.#inFlight = new BatchesInFlight(spec.maxInFlight, (error) => lifetime.fail(error));
    this.#progress = new PartitionProgress(ref, this.place, { task, member, account, onLost: () => this.#lose() });
    this.#reader = new PartitionReader(
      {
        source: task.suspects.reading(ref, member),
        partition: ref.partition,
        batchLength,
        buffer,
        minIdle: pollInterval,
        maxIdle: MAX_IDLE,
        closing: this.closing,
      },
      {
        start: () => this.#begin(),
        onBatch: (batch) => this.#deliver(batch),
        onRestarted: (log) => this.#restart(log),
        onFenced: () => {
          this.close("revoked");
          dependencies.onStale();
        },
        onFailure: (error, attempts) => this.#readFailed(error, attempts),
        onRecovered: () => task.health.resolved(this.place),
        settled: () => this.#inFlight.settled(),
        takesReadAhead: () => this.mayBegin,
      },
    );
  }

  /** Aborted: take nothing new, finish what is open. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  get ending(): boolean {
    return this.#closing.signal.aborted;
  }

  /** Aborted: what is open is not wanted any more. */
  get abandoned(): AbortSignal {
    return this.#abandoned.signal;
  }

  /** Whether a polled batch may still be begun. What was polled of a revoked partition is finished: the server waits for it. */
  get mayBegin(): boolean {
    return this.#end === undefined || (this.#end === "revoked" && !this.abandoned.aborted);
  }

  get currentOffset(): bigint | undefined {
    return this.#reader.currentOffset;
  }

  get settling(): Promise<void> | undefined {
    return this.#settling;
  }

  /** Resolves when nothing of this partition runs any more. */
  get done(): Promise<void> {
    return this.#done;
  }

  start(): void {
    this.#done = this.#reader.run().catch((error: unknown) => this.#dependencies.task.lifetime.fail(error));
  }

  enterPlugin(signal: AbortSignal): Promise<boolean> {
    return this.#turn.enter(signal);
  }

  leavePlugin(): void {
    this.#turn.leave();
  }

  taken(messages: number): void {
    this.#progress.taken(messages);
  }

  count(outcome: MessageOutcome, messages: number): void {
    this.#progress.count(outcome, messages);
  }

  endedThrough(frames: MessageFrames, through: bigint): void {
    this.#progress.endedThrough(frames, through);
  }

  recycle(frames: MessageFrames): void {
    this.#dependencies.member.recycle(frames);
  }

  holdWhile<Result>(settling: Promise<Result>): Promise<Result> {
    return this.#inFlight.holdWhile(settling);
  }

  settleInOrder(work: (blocked: boolean) => Promise<boolean>): void {
    const settling = (this.#settling ?? Promise.resolve())
      .then(async () => {
        this.#blocked = !(await work(this.#blocked)) || this.#blocked;
      })
      .catch((error: unknown) => this.#dependencies.task.lifetime.fail(error))
      .finally(() => {
        if (this.#settling === settling) this.#settling = undefined;
      });
    this.#settling = settling;
  }

  /** Begins the end. Nothing new is polled; `lost` also gives up what is open. */
  close(end: PartitionEnd): void {
    this.#end ??= end;
    this.#closing.abort();
    if (end === "lost") this.abandon();
  }

  abandon(): void {
    this.#closing.abort();
    this.#abandoned.abort();
  }

  /** Waits for what is open, flushes it where the sink stages, stores what ended. Ends early when it is abandoned. */
  async drain(reason: "revocation" | "stop"): Promise<void> {
    const { flusher, task } = this.#dependencies;
    const { abandoned } = this;
    if ((await endsBefore(this.#done, abandoned)) && flusher?.holds(this) === true) {
      await endsBefore(flusher.request(reason), abandoned);
    }
    if (this.#settling !== undefined) await endsBefore(this.#settling, abandoned);
    // Invariant 2: a partition that is revoked is stored as far as it ended, one that is lost is not.
    if (this.#end !== "lost") await this.#progress.settle(task.lifetime.ended);
  }

  /** After the end: nothing of it counts or is stored any more. */
  release(): void {
    this.#progress.release();
  }

  status(): PartitionStatus {
    return this.#progress.status(this.currentOffset);
  }

  /** The partition belongs to another member already: nothing of it may be stored. */
  #lose(): void {
    this.#progress.close();
    this.close("lost");
    this.#dependencies.onStale();
  }

  /** Where to read from, asked until it is known; undefined: closed first. */
  async #begin(): Promise<StartPosition | undefined> {
    const { task, readStart } = this.#dependencies;
    const start = await retry(task, this.#readRetry, async () => {
      const from = await readStart(this.ref);
      this.#progress.begin(from);
      return from.position;
    });
    return start === CANCELLED ? undefined : start;
  }

  /** Begins the delivery of a batch as soon as it may; false: a batch was left before its end, so the partition is given up. */
  async #deliver(batch: PolledBatch): Promise<boolean> {
    const { task, buffer, processor } = this.#dependencies;
    const { frames, from, bytes, expired } = batch;
    if (expired > 0n) {
      task.logger.warn(`${expired} messages were removed from the partition before they were read`, {
        ...this.ref,
        messages: expired,
      });
    }
    if (task.failPoints !== undefined) await task.failPoints("sink.after_poll");
    if (!this.ending) this.#reader.readAhead();
    // Invariant 6: a failed message of an earlier flush comes first, nothing may pass it.
    if (this.#settling !== undefined) await this.#settling;
    if (!(await this.#inFlight.mayBegin())) {
      buffer.release(bytes);
      return false;
    }
    // What ended before a message that may hang the worker is stored first: it does not come again with it.
    if (task.suspects.partAt(this.ref, frames.offset(from)) !== undefined) await this.#progress.settle(this.closing);
    this.#progress.opened(frames, from);
    return this.#inFlight.begin(() => processor.process(this, batch));
  }

  /** The topic was purged or recreated: its first message is the next one. */
  async #restart({ next, currentOffset }: RestartedLog): Promise<void> {
    const { task, sink } = this.#dependencies;
    const { ref, place, closing, abandoned } = this;
    task.logger.warn(
      "the partition ends before the stored offset, it was purged or recreated: starting at its first message",
      { ...ref, next, end: currentOffset },
    );
    this.#progress.restart();
    if (sink.reset === undefined) return;
    await callRepeatedly(task, {
      what: "reset",
      place,
      timeout: task.spec.consumeTimeout,
      closing,
      abandoned,
      call: async () => sink.reset?.(ref, 0n),
    });
  }

  async #readFailed(error: unknown, attempts: number): Promise<void> {
    if (!this.ending) await backOff(this.#dependencies.task, this.#readRetry, error, attempts);
  }

  get #readRetry(): RetryOptions {
    return {
      place: this.place,
      failure: "reading failed",
      stage: "iggy_poll",
      signal: this.closing,
      fields: { ...this.ref },
      onFailure: (error) => {
        if (isMissing(error)) this.#dependencies.onStale();
      },
    };
  }
}
