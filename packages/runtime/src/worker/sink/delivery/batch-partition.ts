import type { MessageFrames } from "@iggy-connectors/protocol";
import type { PartitionRef } from "@iggy-connectors/sdk";
import type { BatchPlan } from "@iggy-connectors/transforms";
import type { MessageOutcome } from "../message-account.ts";
import type { UndecidedRounds } from "./undecided.ts";

/** The partition of a batch, as far as the ends of messages concern it. */
export interface BatchPartition {
  readonly ref: PartitionRef;
  /** Names the partition in states and logs. */
  readonly place: string;
  /** Aborted: take nothing new, finish what is open. */
  readonly closing: AbortSignal;
  /** Messages have ended. */
  count(outcome: MessageOutcome, messages: number): void;
  /** The sink wrote everything through this offset, and recorded it if it keeps offsets. */
  recordedThrough(offset: bigint): void;
  /** The target's record was moved by somebody else: what is open is given up, and read again from where the record says. */
  recordMoved(error: unknown): void;
  /** Everything of a batch up to `through` has ended; nothing, where that is before its first message. */
  endedThrough(frames: MessageFrames, through: bigint): void;
  /**
   * Puts back what a plugin changed of the batch's bytes, which are compared with their checksums; false: the partition was closed before
   * they could be read again.
   */
  restore(frames: MessageFrames): Promise<boolean>;
  /** Every message of a batch has ended and its memory may be reused. */
  recycle(frames: MessageFrames): void;
}

/** The partition of a batch that is being delivered. */
export interface DeliveringPartition extends BatchPartition {
  readonly plan: BatchPlan;
  /** Aborted: what is open is not wanted any more. */
  readonly abandoned: AbortSignal;
  /** Whether a polled batch may still be begun. */
  readonly mayBegin: boolean;
  /** Offset of the partition's newest message as last seen. */
  readonly currentOffset: bigint | undefined;
  /** Rounds of deliveries in which nothing could be decided. */
  readonly undecided: UndecidedRounds;
  /** Whether an open batch may be read again, perhaps with messages that came since: one batch at a time, nothing of it staged. */
  readonly rereads: boolean;
  /** What is open of the batch, behind `through`, is given up and read again. */
  readAgain(frames: MessageFrames, through: bigint): void;
  /** Waits for the partition's turn in the plugin; false: the signal was aborted first. */
  enterPlugin(signal: AbortSignal): Promise<boolean>;
  leavePlugin(): void;
  /** Messages were taken up; each of them ends, or is abandoned. */
  taken(messages: number): void;
  /** No other batch of the partition is begun while `settling` goes on. */
  holdWhile<Result>(settling: Promise<Result>): Promise<Result>;
}
