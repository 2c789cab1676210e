import { type CommittedOffset, CommittedOffsetMovedError, type PartitionRef, type Sink } from "@iggy-connectors/sdk";
import type { Task } from "../../task/task.ts";
import { callRepeatedly, type PluginCall } from "../delivery/plugin-attempts.ts";
import { Turn } from "../delivery/turn.ts";
import type { PartitionProgress } from "./partition-progress.ts";
import type { RecordTicks } from "./record-ticks.ts";
import { readCommitted } from "./target-record.ts";

/** Ticks between two questions what the target has recorded. */
const QUESTION_TICKS = 10;

/** The partition whose record is kept. */
interface RecordedPartition {
  readonly ref: PartitionRef;
  readonly place: string;
  readonly closing: AbortSignal;
  readonly abandoned: AbortSignal;
  /** Whether nothing of it is being delivered, staged or settled. */
  readonly idle: boolean;
  enterPlugin(signal: AbortSignal): Promise<boolean>;
  leavePlugin(): void;
  /** Runs `work` when nothing is in flight, and begins nothing meanwhile. */
  whileQuiet(work: () => Promise<void>): Promise<void>;
  recordMoved(error: unknown): void;
}

export interface RecordKeeperDependencies {
  readonly task: Task;
  readonly sink: Sink;
  readonly partition: RecordedPartition;
  readonly progress: PartitionProgress;
  readonly ticks: RecordTicks;
}

/**
 * Keeps the record in the target and what the runtime knows in step (invariant 8), for a sink that keeps offsets: tells it of messages
 * that ended without it, and asks an idle partition's target from time to time what it has, so that one that was set back is
 * noticed although no message comes.
 */
export class RecordKeeper {
  readonly #dependencies: RecordKeeperDependencies;
  #endTicks: () => void = () => {};
  #ticks = 0;
  #busy = false;
  #forgotten = false;

  constructor(dependencies: RecordKeeperDependencies) {
    this.#dependencies = dependencies;
  }

  /** The target had a record, and has none any more. */
  get forgotten(): boolean {
    return this.#forgotten;
  }

  start(): void {
    const { sink, ticks } = this.#dependencies;
    if (sink.committed === undefined) return;
    this.#endTicks = ticks.start(() => this.#tick());
  }

  stop(): void {
    this.#endTicks();
  }

  /** Tells the sink of what ended without it; at the end, when nothing is open any more. */
  async record(): Promise<void> {
    const { sink, partition, progress } = this.#dependencies;
    const through = progress.unrecorded;
    if (through === undefined || sink.ended === undefined || partition.abandoned.aborted) return;
    await this.#call("ended", async () => {
      await sink.ended?.(partition.ref, through);
      progress.recordedThrough(through);
    });
  }

  #tick(): void {
    const { sink, partition, progress, task } = this.#dependencies;
    this.#ticks += 1;
    if (this.#busy || partition.closing.aborted) return;
    const asks = this.#ticks >= QUESTION_TICKS && partition.idle;
    const tells = progress.unrecorded !== undefined && sink.ended !== undefined;
    if (!asks && !tells) return;
    this.#busy = true;
    const work = async (): Promise<void> => {
      // What is staged moves the record itself.
      if (!partition.idle) return;
      await this.record();
      if (asks && !partition.closing.aborted) await this.#ask();
    };
    partition
      .whileQuiet(work)
      .catch((error: unknown) => task.lifetime.fail(error))
      .finally(() => {
        this.#busy = false;
      });
  }

  async #ask(): Promise<void> {
    const { sink, partition, progress } = this.#dependencies;
    this.#ticks = 0;
    const { ref } = partition;
    let answer: { readonly committed: CommittedOffset | undefined } | undefined;
    await this.#call("committed", async () => {
      answer = { committed: await readCommitted(sink, ref) };
    });
    if (answer === undefined) return;
    const finding = progress.compareRecord(answer.committed);
    if (finding === undefined) return;
    this.#forgotten = finding === "forgotten";
    partition.recordMoved(
      new CommittedOffsetMovedError(
        this.#forgotten
          ? "the target has no record of the partition any more"
          : `the target has recorded offset ${answer.committed?.offset ?? "none"}`,
      ),
    );
  }

  async #call(what: string, call: () => Promise<void>): Promise<void> {
    const { task, partition } = this.#dependencies;
    const { place, closing, abandoned } = partition;
    const turn = new Turn(
      () => partition.enterPlugin(abandoned),
      () => partition.leavePlugin(),
    );
    const work: PluginCall = {
      what,
      place,
      timeout: task.spec.consumeTimeout,
      closing,
      abandoned,
      onMoved: (error) => partition.recordMoved(error),
      call,
      suspend: (wait) => turn.suspend(wait),
    };
    try {
      if (await turn.begin()) await callRepeatedly(task, work);
    } finally {
      turn.end();
    }
  }
}
