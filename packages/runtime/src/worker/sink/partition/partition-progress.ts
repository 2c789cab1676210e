import { OffsetCommitter, type PartitionMembership, type StoreSpacing } from "@iggy-connectors/client";
import type { MessageFrames } from "@iggy-connectors/protocol";
import type { CommittedOffset, PartitionRef } from "@iggy-connectors/sdk";
import type { PartitionStatus } from "../../../shared/task/task-status.ts";
import type { Task } from "../../task/task.ts";
import type { MessageAccount, MessageOutcome } from "../message-account.ts";
import { GroupOffsets } from "./group-offsets.ts";
import { OpenBatches } from "./open-batches.ts";
import type { Start } from "./start-position.ts";
import { TargetRecord } from "./target-record.ts";

export interface PartitionProgressDependencies {
  readonly task: Task;
  readonly member: PartitionMembership;
  readonly account: MessageAccount;
  /** Shared by the partitions of the task. */
  readonly storeSpacing: StoreSpacing;
  /** The partition belongs to another member. */
  onLost(): void;
}

/** How far a task got in a partition: which messages are open, what ended without a gap, and what of that is stored. */
export class PartitionProgress {
  readonly #ref: PartitionRef;
  readonly #place: string;
  readonly #task: Task;
  readonly #account: MessageAccount;
  readonly #offsets: GroupOffsets;
  readonly #committer: OffsetCommitter;
  readonly #openBatches = new OpenBatches();
  readonly #record = new TargetRecord();
  #openMessages = 0;
  #released = false;
  /** The first offset to be read: before anything is stored, the lag counts from here. */
  #startedAt = 0n;

  constructor(ref: PartitionRef, place: string, dependencies: PartitionProgressDependencies) {
    const { task, member, account, storeSpacing, onLost } = dependencies;
    this.#ref = ref;
    this.#place = place;
    this.#task = task;
    this.#account = account;
    this.#offsets = new GroupOffsets(ref, place, task, member, onLost);
    this.#committer = new OffsetCommitter(this.#offsets, { spacing: storeSpacing });
  }

  /** Nothing is being read, delivered or settled. */
  get idle(): boolean {
    return this.#openMessages === 0 && this.#openBatches.oldestAt === undefined;
  }

  /** What is stored in Iggy. */
  get storedOffset(): bigint | undefined {
    return this.#committer.storedOffset;
  }

  /** What the target has recorded, as far as it is known. */
  get recordedOffset(): bigint | undefined {
    return this.#record.offset;
  }

  /** Whether anything was recorded since the partition was taken up. */
  get hasRecorded(): boolean {
    return this.#record.hasGrown;
  }

  /** The end of what has ended, where a sink that keeps offsets does not know of all of it. */
  get unrecorded(): bigint | undefined {
    const { endedOffset } = this.#committer;
    const recorded = this.#record.offset;
    return endedOffset !== undefined && (recorded === undefined || recorded < endedOffset) ? endedOffset : undefined;
  }

  begin({ stored, ended, committed, position }: Start): void {
    this.#record.begin(committed);
    this.#startedAt = position.kind === "offset" ? position.next : 0n;
    this.#committer.begin(stored, ended);
  }

  /** A batch was polled: the messages from index `from` on are to end. */
  opened(frames: MessageFrames, from: number): void {
    this.#openBatches.opened(frames, from);
  }

  taken(messages: number): void {
    this.#openMessages += messages;
    this.#account.taken(messages);
  }

  /** The sink recorded everything through this offset, where it keeps offsets. */
  recordedThrough(offset: bigint): void {
    this.#record.through(offset);
  }

  /** Compares what the target says with what it is known to have recorded; see `TargetRecord.compare`. */
  compareRecord(committed: CommittedOffset | undefined): "moved" | "forgotten" | undefined {
    return this.#record.compare(committed, this.#ref, this.#committer.endedOffset);
  }

  /** Messages have ended. What ends after the release counts for nothing: it comes again. */
  count(outcome: MessageOutcome, messages: number): void {
    if (this.#released || messages === 0) return;
    this.#openMessages -= messages;
    this.#account.ended(outcome, messages);
  }

  /** Invariants 1 and 2: only what has ended moves the offset, and no further than the prefix without a gap. */
  endedThrough(frames: MessageFrames, through: bigint): void {
    const prefix = this.#openBatches.endedThrough(frames, through);
    if (prefix !== undefined) this.#committer.ended(prefix);
  }

  /** What is open of the partition's only batch comes again. */
  giveUp(frames: MessageFrames): void {
    this.#openBatches.giveUp(frames);
    this.#account.abandoned(this.#openMessages);
    this.#openMessages = 0;
  }

  /** The log starts over. */
  restart(): void {
    this.#openBatches.clear();
    this.#committer.restart();
    this.#record.clear();
    this.#startedAt = 0n;
  }

  /** Stores what has ended, now; gives up when the signal is aborted. */
  settle(signal: AbortSignal): Promise<void> {
    return this.#committer.settle(signal);
  }

  /** Nothing is stored any more. */
  close(): void {
    this.#committer.close();
  }

  /** Nothing counts or is stored any more. */
  release(): void {
    this.close();
    if (!this.#released) this.#account.abandoned(this.#openMessages);
    this.#released = true;
    this.#openMessages = 0;
    this.#openBatches.clear();
    this.#task.health.resolved(this.#place);
    this.#task.health.resolved(this.#offsets.place);
    this.#task.changed();
  }

  /** `currentOffset`: of the partition's newest message, as last seen. */
  status(currentOffset: bigint | undefined): PartitionStatus {
    const { storedOffset } = this.#committer;
    const { stream, topic, partition } = this.#ref;
    const behind = storedOffset ?? this.#startedAt - 1n;
    return {
      stream,
      topic,
      partition,
      storedOffset: storedOffset?.toString(),
      endOffset: currentOffset?.toString(),
      lag: currentOffset === undefined ? 0 : Math.max(0, Number(currentOffset - behind)),
      oldestOpenAt: this.#openBatches.oldestAt,
      inFlight: this.#openMessages,
      state: this.#task.health.stateOf(this.#place),
    };
  }
}
