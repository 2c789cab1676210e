import {
  type AssignedPartition,
  backoff,
  endsBefore,
  type PartitionEnd,
  type PartitionMembership,
  PartitionReader,
  type PolledBatch,
  pause,
  type RestartedLog,
  type StartPosition,
  type StoreSpacing,
  type WeightedSemaphore,
} from "@iggy-connectors/client";
import type { MessageFrames } from "@iggy-connectors/protocol";
import { ConnectorError, type PartitionRef, type Sink } from "@iggy-connectors/sdk";
import type { BatchPlan } from "@iggy-connectors/transforms";
import { describeError } from "../../../shared/errors.ts";
import { isMissing } from "../../../shared/iggy/find-topic.ts";
import type { PartitionStatus } from "../../../shared/task/task-status.ts";
import { backOff, CANCELLED, type RetryOptions, retry } from "../../task/retry.ts";
import type { Task } from "../../task/task.ts";
import type { DeliveringPartition } from "../delivery/batch-partition.ts";
import { callRepeatedly } from "../delivery/plugin-attempts.ts";
import type { BatchProcessor } from "../delivery/process-batch.ts";
import { UndecidedRounds } from "../delivery/undecided.ts";
import type { MessageAccount, MessageOutcome } from "../message-account.ts";
import type { Flusher } from "../staging/flusher.ts";
import type { StagingPartition } from "../staging/staged-batch.ts";
import { BatchesInFlight } from "./batches-in-flight.ts";
import { isChanged, restoreBytes } from "./original-bytes.ts";
import { PartitionProgress } from "./partition-progress.ts";
import { PartitionTurn } from "./partition-turn.ts";
import { RecordKeeper } from "./record-keeper.ts";
import type { RecordTicks } from "./record-ticks.ts";
import type { FormerWork, Relocation, Start } from "./start-position.ts";

export interface SinkPartitionDependencies {
  readonly task: Task;
  readonly sink: Sink;
  readonly member: PartitionMembership;
  readonly plan: BatchPlan;
  readonly batchLength: number;
  /** Milliseconds between two polls at least when the last one returned nothing. */
  readonly pollInterval: number;
  /** Milliseconds to which that time grows where no messages are likely. */
  readonly maxPollInterval: number;
  /** How many partitions may be in the plugin at once. */
  readonly pluginSlots: WeightedSemaphore;
  /** Bytes of polled messages that are held. */
  readonly buffer: WeightedSemaphore;
  readonly account: MessageAccount;
  /** Spaces the stores of the task's partitions. */
  readonly storeSpacing: StoreSpacing;
  /** Wake the record keepers of the task's partitions. */
  readonly recordTicks: RecordTicks;
  readonly processor: BatchProcessor;
  readonly flusher: Flusher | undefined;
  /** What the task knew of the partition when it last worked on it. */
  readonly former: FormerWork | undefined;
  readStart(ref: PartitionRef): Promise<Start>;
  /** The partition is fenced or lost: the assignment should be read again. */
  onStale(): void;
}

const RELOCATIONS: Readonly<Record<Relocation, string>> = {
  another_history:
    "the topic or partition was created again, what was recorded of it counts no longer: starting at initial_offset",
  purged: "the partition was purged, what was recorded of it counts no longer: starting at its first message",
  target_behind: "the target is behind the offset stored in Iggy: what it lacks is delivered again",
  target_forgot: "the target has no record of the partition any more: starting at initial_offset",
};

/** Milliseconds between two polls that return nothing at least, where `poll_interval` asks for none. */
const SHORTEST_PAUSE = 1;

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
  readonly undecided = new UndecidedRounds();
  readonly #dependencies: SinkPartitionDependencies;
  readonly #reader: PartitionReader;
  readonly #progress: PartitionProgress;
  readonly #inFlight: BatchesInFlight;
  readonly #turn: PartitionTurn;
  readonly #keeper: RecordKeeper;
  readonly #closing = new AbortController();
  readonly #abandoned = new AbortController();
  #end: PartitionEnd | undefined;
  #settling: Promise<void> | undefined;
  #moved = false;
  /** The offset from which on messages are to be read again. */
  #again: bigint | undefined;
  #blocked = false;
  #done: Promise<void> = Promise.resolve();

  constructor(ref: PartitionRef, dependencies: SinkPartitionDependencies) {
    const { task, member, batchLength, pollInterval, maxPollInterval } = dependencies;
    const { pluginSlots, buffer, plan, account, storeSpacing } = dependencies;
    const { spec, lifetime } = task;
    this.ref = ref;
    this.place = `${ref.stream}/${ref.topic}/${ref.partition}`;
    this.plan = plan;
    this.#dependencies = dependencies;
    this.#turn = new PartitionTurn(pluginSlots, spec.maxInFlight);
    this.#inFlight = new BatchesInFlight(spec.maxInFlight, (error) => lifetime.fail(error));
    this.#progress = new PartitionProgress(ref, this.place, {
      task,
      member,
      account,
      storeSpacing,
      onLost: () => this.#lose(),
    });
    this.#reader = new PartitionReader(
      {
        source: task.suspects.reading(ref, member),
        partition: ref.partition,
        batchLength,
        buffer,
        pacing: { shortest: Math.max(SHORTEST_PAUSE, pollInterval), longest: maxPollInterval },
        // Where every message comes once, none may be delivered that was taken for one of another log.
        watchAfterIdle: dependencies.sink.committed !== undefined,
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
    this.#keeper = new RecordKeeper({
      task,
      sink: dependencies.sink,
      partition: this,
      progress: this.#progress,
      ticks: dependencies.recordTicks,
    });
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

  get history(): string | undefined {
    return this.ref.history;
  }

  /** What the task knows of the partition when it begins with it the next time. */
  get formerWork(): FormerWork {
    const before = this.#progress.hasRecorded ? 0 : (this.#dependencies.former?.moves ?? 0);
    return {
      history: this.history,
      stored: this.#progress.storedOffset,
      recordForgotten: this.#keeper.forgotten,
      moves: this.#moved ? before + 1 : 0,
    };
  }

  /** Whether nothing of it is being delivered, staged or settled. */
  get idle(): boolean {
    return this.#progress.idle && this.#settling === undefined && this.#dependencies.flusher?.holds(this) !== true;
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
    this.#keeper.start();
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

  recordedThrough(offset: bigint): void {
    this.#progress.recordedThrough(offset);
  }

  /** Invariant 8: the target wins. What is open is given up; the partition is taken up again where the target stands. */
  recordMoved(error: unknown): void {
    if (this.#moved) return;
    this.#moved = true;
    const { task } = this.#dependencies;
    task.logger.warn(
      `the target's record of the partition was moved, reading continues there: ${describeError(error).message}`,
      { ...this.ref, code: describeError(error).code, recorded: this.#progress.recordedOffset },
    );
    this.#lose();
  }

  get rereads(): boolean {
    const { task, flusher } = this.#dependencies;
    return flusher === undefined && task.spec.maxInFlight === 1;
  }

  readAgain(frames: MessageFrames, through: bigint): void {
    this.#progress.giveUp(frames);
    this.#again = through + 1n;
  }

  /** Runs `work` when nothing is in flight, and begins nothing meanwhile. */
  whileQuiet(work: () => Promise<void>): Promise<void> {
    return this.#inFlight.holdWhile(this.#inFlight.settled().then(work));
  }

  endedThrough(frames: MessageFrames, through: bigint): void {
    this.#progress.endedThrough(frames, through);
  }

  async restore(frames: MessageFrames): Promise<boolean> {
    if (!isChanged(frames)) return true;
    const { task, member } = this.#dependencies;
    task.logger.warn("the plugin changed bytes of messages that it was given: they are read again", { ...this.ref });
    const restored = await retry(task, { ...this.#readRetry, signal: this.abandoned }, () =>
      restoreBytes(member, this.ref.partition, frames),
    );
    if (restored === CANCELLED) return false;
    if (!isChanged(frames)) return true;
    // More than messages was overwritten, or they are gone from the log: nothing of this memory may be delivered.
    this.recordMoved(
      new ConnectorError("the plugin overwrote the memory of a batch", { code: "IGC_PLUGIN_OVERWROTE" }),
    );
    return false;
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
    this.#keeper.stop();
    this.#closing.abort();
    if (end === "lost") this.abandon();
  }

  abandon(): void {
    this.#keeper.stop();
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
    if (this.#end !== "lost" && this.idle) await endsBefore(this.#keeper.record(), abandoned);
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

  /** The partition belongs to another member already, or the target was moved: nothing of it may be stored. */
  #lose(): void {
    this.#progress.close();
    this.close("lost");
    this.#dependencies.onStale();
  }

  /** Where to read from, asked until it is known; undefined: closed first. */
  async #begin(): Promise<StartPosition | undefined> {
    const { task, readStart, former } = this.#dependencies;
    // A record that is moved again and again, such as by another writer, is not followed without a pause.
    if (former !== undefined && former.moves > 1) await pause(backoff(task.spec.retry, former.moves - 1), this.closing);
    const start = await retry(task, this.#readRetry, () => readStart(this.ref));
    if (start === CANCELLED) return undefined;
    this.#progress.begin(start);
    this.#reportStart(start);
    return start.position;
  }

  /** Invariant 8: a partition that is not read from where it was left is reported. */
  #reportStart({ relocation, stored, committed, position }: Start): void {
    const { task, former } = this.#dependencies;
    if (relocation === undefined && !(former !== undefined && former.moves > 0)) return;
    task.counters.relocations += 1;
    task.changed();
    if (relocation === undefined) return;
    const next = position.kind === "offset" ? position.next : position.kind;
    task.logger.warn(RELOCATIONS[relocation], { ...this.ref, stored, committed: committed?.offset, next });
  }

  /** Begins the delivery of a batch as soon as it may; false: a batch was left before its end, so the partition is given up. */
  async #deliver(batch: PolledBatch): Promise<boolean> {
    const { task, buffer, pluginSlots, processor } = this.#dependencies;
    const { frames, from, bytes, expired } = batch;
    if (expired > 0n) {
      task.logger.warn(`${expired} messages were removed from the partition before they were read`, {
        ...this.ref,
        messages: expired,
      });
    }
    if (task.failPoints !== undefined) await task.failPoints("sink.after_poll");
    // Where batches of other partitions wait already, one more would only be held, and be cold when its turn comes.
    if (!this.ending && !pluginSlots.contended) this.#reader.readAhead();
    // Invariant 6: a failed message of an earlier flush comes first, nothing may pass it.
    if (this.#settling !== undefined) await this.#settling;
    if (!(await this.#inFlight.mayBegin())) {
      buffer.release(bytes);
      return false;
    }
    // What ended before a message that may hang the worker is stored first: it does not come again with it.
    if (task.suspects.partAt(this.ref, frames.offset(from)) !== undefined) await this.#progress.settle(this.closing);
    this.#progress.opened(frames, from);
    const continues = await this.#inFlight.begin(() => processor.process(this, batch));
    if (this.#again !== undefined) await this.#reader.rewind(this.#again);
    this.#again = undefined;
    return continues;
  }

  /** The topic was purged or recreated: its first message is the next one. */
  async #restart({ next, currentOffset }: RestartedLog): Promise<void> {
    const { task, sink } = this.#dependencies;
    const { ref, place, closing, abandoned } = this;
    task.logger.warn(
      "the partition is another one than was read, it was purged or recreated: starting at its first message",
      { ...ref, next, end: currentOffset },
    );
    task.counters.relocations += 1;
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
