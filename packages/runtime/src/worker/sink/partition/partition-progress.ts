import { OffsetCommitter, type PartitionMembership } from "@iggy-connectors/client";
import type { MessageFrames } from "@iggy-connectors/protocol";
import type { PartitionRef } from "@iggy-connectors/sdk";
import type { PartitionStatus } from "../../../shared/task/task-status.ts";
import type { Task } from "../../task/task.ts";
import type { MessageAccount, MessageOutcome } from "../message-account.ts";
import { GroupOffsets } from "./group-offsets.ts";
import { OpenBatches } from "./open-batches.ts";
import type { Start } from "./start-position.ts";

export interface PartitionProgressDependencies {
  readonly task: Task;
  readonly member: PartitionMembership;
  readonly account: MessageAccount;
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
  #openMessages = 0;
  #released = false;
  /** The first offset to be read: before anything is stored, the lag counts from here. */
  #startedAt = 0n;

  constructor(ref: PartitionRef, place: string, { task, member, account, onLost }: PartitionProgressDependencies) {
    this.#ref = ref;
    this.#place = place;
    this.#task = task;
    this.#account = account;
    this.#offsets = new GroupOffsets(ref, place, task, member, onLost);
    this.#committer = new OffsetCommitter(this.#offsets);
  }

  begin({ stored, ended, position }: Start): void {
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

  /** The log starts over. */
  restart(): void {
    this.#openBatches.clear();
    this.#committer.restart();
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
