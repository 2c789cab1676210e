import type { ByteBudget, PartitionMembership } from "@iggy-connectors/client";
import { backoff, endsBefore, OffsetCommitter, PartitionPoller, type Polled, pause } from "@iggy-connectors/client";
import type { MessageFrames } from "@iggy-connectors/protocol";
import { isFatal, type PartitionRef, type Sink } from "@iggy-connectors/sdk";
import type { BatchPlan } from "@iggy-connectors/transforms";
import { describeError } from "../../shared/errors.ts";
import { isMissing } from "../../shared/iggy/find-topic.ts";
import type { PartitionStatus } from "../../shared/task/task-status.ts";
import type { Task } from "../task/task.ts";
import { attempt } from "./attempts.ts";
import { Deliveries } from "./deliveries.ts";
import type { Flusher } from "./flusher.ts";
import { GroupOffsets } from "./group-offsets.ts";
import type { LaneTurn } from "./lane-turn.ts";
import type { MessageAccount, MessageOutcome } from "./message-account.ts";
import { RepliesInHand } from "./replies-in-hand.ts";
import type { SinkDelivery } from "./sink-delivery.ts";
import type { Start } from "./start-position.ts";

/** What all lanes of one topic share. */
export interface LaneSurroundings {
  readonly task: Task;
  readonly sink: Sink;
  readonly member: PartitionMembership;
  readonly plan: BatchPlan;
  readonly batchLength: number;
  /** Milliseconds between two polls when the last one returned nothing. */
  readonly pollInterval: number;
  readonly turn: LaneTurn;
  readonly budget: ByteBudget;
  readonly account: MessageAccount;
  readonly delivery: SinkDelivery;
  readonly flusher: Flusher | undefined;
  readStart(ref: PartitionRef): Promise<Start>;
  /** The partition is fenced or lost: the assignment should be read again. */
  onStale(): void;
}

/** Why a lane ends: somebody else gets the partition in good order, it is gone already, or the task stops. */
export type LaneEnd = "revoked" | "lost" | "stopped";

const IDLE_BACKOFF = 1;
const MAX_IDLE_BACKOFF = 100;

/** One assigned partition: read, delivered and stored in order, by itself. */
export class PartitionLane {
  readonly ref: PartitionRef;
  /** Names the partition in states and logs. */
  readonly place: string;
  readonly plan: BatchPlan;
  readonly ledger: OffsetCommitter;
  readonly #around: LaneSurroundings;
  readonly #offsets: GroupOffsets;
  readonly #closing = new AbortController();
  readonly #cut = new AbortController();
  #end: LaneEnd | undefined;
  #reader: PartitionPoller | undefined;
  readonly turn: LaneTurn;
  readonly #inHand = new RepliesInHand();
  readonly deliveries: Deliveries;
  #open = 0;
  #closed = false;
  #settling: Promise<void> | undefined;
  #blocked = false;
  /** The first offset to be read: before anything is stored, the lag counts from here. */
  #startedAt = 0n;
  #done: Promise<void> = Promise.resolve();

  constructor(ref: PartitionRef, around: LaneSurroundings) {
    this.ref = ref;
    this.place = `${ref.stream}/${ref.topic}/${ref.partition}`;
    this.plan = around.plan;
    this.turn = around.turn;
    this.#around = around;
    const { spec, lifetime } = around.task;
    this.deliveries = new Deliveries(spec.maxInFlight, (error) => lifetime.fail(error));
    this.#offsets = new GroupOffsets(ref, this.place, around.task, around.member, () => this.lose());
    this.ledger = new OffsetCommitter(this.#offsets);
  }

  /** Aborted: take nothing new, finish what is in hand. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  /** Aborted: what is in hand is not wanted any more. */
  get cut(): AbortSignal {
    return this.#cut.signal;
  }

  /** Whether a polled reply may still be begun. What was polled of a revoked partition is finished: the server waits for it. */
  get mayBegin(): boolean {
    return this.#end === undefined || (this.#end === "revoked" && !this.#cut.signal.aborted);
  }

  get currentOffset(): bigint | undefined {
    return this.#reader?.currentOffset;
  }

  /** Failures of flushed batches that are still being settled. */
  get settling(): Promise<void> | undefined {
    return this.#settling;
  }

  /** Resolves when nothing of this partition runs any more. */
  get done(): Promise<void> {
    return this.#done;
  }

  start(): void {
    this.#done = this.#run().catch((error: unknown) => this.#around.task.lifetime.fail(error));
  }

  taken(messages: number): void {
    this.#open += messages;
    this.#around.account.taken(messages);
  }

  /** Messages have ended. What ends after the partition was given up counts for nothing: it comes again. */
  count(outcome: MessageOutcome, messages: number): void {
    if (this.#closed || messages === 0) return;
    this.#open -= messages;
    this.#around.account.ended(outcome, messages);
  }

  /** Everything of a reply up to `through` has ended; nothing, where that is before its first message. */
  endedThrough(frames: MessageFrames, through: bigint): void {
    const prefix = this.#inHand.endedThrough(frames, through);
    if (prefix !== undefined) this.ledger.ended(prefix);
  }

  /** Every message of a reply has ended and nobody looks at it any more. */
  recycle(frames: MessageFrames): void {
    this.#around.member.recycle(frames);
  }

  /** Runs after what was given earlier; `blocked` once a piece of work said that it could not end its messages. */
  settle(work: (blocked: boolean) => Promise<boolean>): void {
    const settling = (this.#settling ?? Promise.resolve())
      .then(async () => {
        this.#blocked = !(await work(this.#blocked)) || this.#blocked;
      })
      .catch((error: unknown) => this.#around.task.lifetime.fail(error))
      .finally(() => {
        if (this.#settling === settling) this.#settling = undefined;
      });
    this.#settling = settling;
  }

  /** Begins the end. Nothing new is polled; `lost` also gives up what is in hand. */
  close(end: LaneEnd): void {
    this.#end ??= end;
    this.#closing.abort();
    if (end === "lost") this.cutOff();
  }

  /** The partition belongs to somebody else already: nothing of it may be stored. */
  lose(): void {
    this.ledger.close();
    this.close("lost");
    this.#around.onStale();
  }

  cutOff(): void {
    this.#closing.abort();
    this.#cut.abort();
  }

  /** Waits for what is in hand, flushes it where the sink stages, stores what ended. Ends early when cut off. */
  async drain(reason: "revocation" | "stop"): Promise<void> {
    const { flusher, task } = this.#around;
    const cut = this.#cut.signal;
    if ((await endsBefore(this.#done, cut)) && flusher?.holds(this) === true) {
      await endsBefore(flusher.request(reason), cut);
    }
    if (this.#settling !== undefined) await endsBefore(this.#settling, cut);
    if (this.#end !== "lost") await this.ledger.settle(task.lifetime.ended);
  }

  /** After the end: nothing of it counts or is stored any more. */
  release(): void {
    const { account, task } = this.#around;
    this.ledger.close();
    if (!this.#closed) account.abandoned(this.#open);
    this.#closed = true;
    this.#open = 0;
    this.#inHand.clear();
    task.health.resolved(this.place);
    task.health.resolved(this.#offsets.place);
    task.changed();
  }

  status(): PartitionStatus {
    const { ledger, currentOffset } = this;
    const { stream, topic, partition } = this.ref;
    const behind = ledger.storedOffset ?? this.#startedAt - 1n;
    return {
      stream,
      topic,
      partition,
      storedOffset: ledger.storedOffset?.toString(),
      endOffset: currentOffset?.toString(),
      lag: currentOffset === undefined ? 0 : Math.max(0, Number(currentOffset - behind)),
      oldestOpenAt: this.#inHand.oldestAt,
      inFlight: this.#open,
      state: this.#around.task.health.stateOf(this.place),
    };
  }

  async #run(): Promise<void> {
    const reader = await this.#begin();
    if (reader === undefined) return;
    this.#reader = reader;
    const { task, pollInterval } = this.#around;
    let idle = IDLE_BACKOFF;
    let failures = 0;
    while (!this.closing.aborted || (this.mayBegin && reader.readsAhead)) {
      const polled = await reader.take(this.closing);
      if (polled === undefined) break;
      if (polled.kind !== "failed" && failures > 0) {
        failures = 0;
        task.health.resolved(this.place);
      }
      if (polled.kind === "messages") {
        idle = IDLE_BACKOFF;
        if (!(await this.#deliver(reader, polled))) break;
      } else if (polled.kind === "empty") {
        await pause(Math.max(pollInterval, idle), this.closing);
        idle = Math.min(idle * 2, MAX_IDLE_BACKOFF);
      } else if (polled.kind === "restarted") {
        await this.deliveries.settled();
        await this.#restart(reader, polled.next, polled.currentOffset);
      } else if (polled.kind === "fenced") {
        this.close("revoked");
        this.#around.onStale();
      } else {
        failures += 1;
        await this.#pollFailed(polled.error, failures);
      }
    }
    await this.deliveries.settled();
    await reader.discard();
  }

  /** Where to read from, asked until it is known; undefined: closed first. */
  async #begin(): Promise<PartitionPoller | undefined> {
    const { task, member, batchLength, budget, readStart } = this.#around;
    for (let attempts = 1; !this.closing.aborted; attempts++) {
      try {
        const { stored, ended, position } = await readStart(this.ref);
        task.health.resolved(this.place);
        this.#startedAt = position.kind === "offset" ? position.next : 0n;
        this.ledger.begin(stored, ended);
        return new PartitionPoller(member, this.ref.partition, batchLength, budget, position);
      } catch (error) {
        if (isFatal(error)) throw error;
        await this.#pollFailed(error, attempts);
      }
    }
    return undefined;
  }

  /** Begins the delivery of a reply as soon as it may; false: a reply was left unended, so the partition is given up. */
  async #deliver(reader: PartitionPoller, polled: Extract<Polled, { kind: "messages" }>): Promise<boolean> {
    const { task, budget, delivery } = this.#around;
    if (polled.expired > 0n) {
      task.logger.warn(`${polled.expired} messages were removed from the partition before they were read`, {
        ...this.ref,
        messages: polled.expired,
      });
    }
    if (task.failPoints !== undefined) await task.failPoints("sink.after_poll");
    if (!this.closing.aborted) reader.readAhead();
    // A failed message of an earlier flush comes first: nothing may pass it.
    if (this.#settling !== undefined) await this.#settling;
    if (!(await this.deliveries.mayBegin())) {
      budget.release(polled.bytes);
      return false;
    }
    this.#inHand.opened(polled.frames, polled.from);
    return this.deliveries.begin(() => delivery.process(this, polled));
  }

  /** The topic was purged or made anew: its first message is the next one. */
  async #restart(reader: PartitionPoller, next: bigint, currentOffset: bigint): Promise<void> {
    const { task, sink } = this.#around;
    task.logger.warn(
      "the partition ends before the stored offset, it was purged or made anew: starting at its first message",
      {
        ...this.ref,
        next,
        end: currentOffset,
      },
    );
    reader.restart();
    this.#inHand.clear();
    this.ledger.restart();
    this.#startedAt = 0n;
    if (sink.reset === undefined) return;
    const { place, closing, cut, ref } = this;
    await attempt(task, {
      what: "reset",
      place,
      timeout: task.spec.consumeTimeout,
      closing,
      cut,
      call: async () => sink.reset?.(ref, 0n),
    });
  }

  async #pollFailed(error: unknown, attempts: number): Promise<void> {
    if (this.closing.aborted) return;
    const { task, onStale } = this.#around;
    const delay = backoff(task.spec.retry, attempts);
    task.counters.errors += 1;
    task.logger.warn(`reading failed: ${describeError(error).message}`, { ...this.ref, attempts });
    task.health.failing(this.place, "retrying", error, attempts, delay);
    if (isMissing(error)) onStale();
    await pause(delay, this.closing);
  }
}
