import { aborted, backoff, pause } from "@iggy-connectors/client";
import { decodeHeaderEntries, type HeaderEntry, type MessageFrames } from "@iggy-connectors/protocol";
import type { FailureStage } from "@iggy-connectors/transforms";
import type { DeadLetter } from "../../shared/dead-letter/dead-letter-message.ts";
import { describeError } from "../../shared/errors.ts";
import type { OnError } from "../../shared/task/task-spec.ts";
import type { DeadLetterWriter } from "../failures/dead-letter-writer.ts";
import { failureFields, logFailures } from "../failures/failure-lines.ts";
import type { Task } from "../task/task.ts";
import type { PartitionLane } from "./partition-lane.ts";

/** A message of a partition that could not be decoded, transformed or delivered. */
export interface FailedMessage {
  readonly index: number;
  readonly offset: bigint;
  readonly stage: FailureStage;
  readonly transform?: string | undefined;
  readonly error: unknown;
  readonly attempts: number;
  readonly policy: OnError;
}

/** Invariant 6: a message that cannot go on goes where `on_error` says, and nothing passes it before it got there. */
export class FailureHandler {
  readonly #task: Task;
  readonly #letters: DeadLetterWriter;

  constructor(task: Task, letters: DeadLetterWriter) {
    this.#task = task;
    this.#letters = letters;
  }

  /**
   * Ends the failed messages (in offset order) of one partition. Returns the first that has not ended, because the
   * partition was closed while its dead letter could not be written or while it waited for an operator.
   */
  async settle(
    lane: PartitionLane,
    frames: MessageFrames,
    failed: readonly FailedMessage[],
  ): Promise<FailedMessage | undefined> {
    const stop = failed.findIndex(({ policy }) => policy === "stop");
    const before = stop === -1 ? failed : failed.slice(0, stop);
    this.#skip(
      lane,
      before.filter(({ policy }) => policy === "skip"),
    );
    const letters = before.filter(({ policy }) => policy === "dead_letter");
    if (letters.length > 0 && !(await this.#bury(lane, frames, letters))) return letters[0];
    return failed[stop];
  }

  /** `on_error = "stop"`: the partition waits for an operator. Returns when it is closed. */
  async block(lane: PartitionLane, failure: FailedMessage): Promise<void> {
    this.#task.logger.error(`partition is blocked by a message: ${describeError(failure.error).message}`, {
      ...lane.ref,
      ...failureFields(failure),
      offset: failure.offset,
      on_error: "stop",
    });
    this.#task.counters.errors += 1;
    this.#task.health.failing(lane.place, "blocked", failure.error, failure.attempts, undefined);
    await aborted(lane.closing);
  }

  #skip(lane: PartitionLane, failed: readonly FailedMessage[]): void {
    this.#log("skipped", lane, failed);
    this.#task.counters.errors += failed.length;
    lane.count("skipped", failed.length);
  }

  #log(outcome: string, { ref }: PartitionLane, failed: readonly FailedMessage[]): void {
    logFailures(this.#task.logger, outcome, failed, (failure) => ({
      ...ref,
      ...failureFields(failure),
      offset: failure.offset,
    }));
  }

  /** Writes the dead letters, however long that takes; false: the partition was closed first. */
  async #bury(lane: PartitionLane, frames: MessageFrames, failed: readonly FailedMessage[]): Promise<boolean> {
    const { health, counters, measured, logger, spec, failPoints } = this.#task;
    const letters = failed.map((failure) => letterOf(lane, frames, failure));
    for (let attempts = 1; ; attempts++) {
      try {
        await this.#letters.write(letters);
        if (failPoints !== undefined) await failPoints("sink.after_dead_letter");
        break;
      } catch (error) {
        if (lane.closing.aborted) return false;
        const delay = backoff(spec.retry, attempts);
        counters.errors += 1;
        logger.error(`dead letters cannot be written, the partition waits: ${describeError(error).message}`, {
          ...lane.ref,
          dead_letters: letters.length,
          attempts,
        });
        health.failing(lane.place, "blocked", error, attempts, delay);
        await pause(delay, lane.closing);
        if (lane.closing.aborted) return false;
      }
    }
    health.resolved(lane.place);
    counters.errors += failed.length;
    for (const { stage, error } of failed) measured.deadLettered(stage, describeError(error).code);
    lane.count("deadLettered", failed.length);
    this.#log("dead-lettered", lane, failed);
    return true;
  }
}

function letterOf(lane: PartitionLane, frames: MessageFrames, failure: FailedMessage): DeadLetter {
  const { index, offset, stage, transform, error, attempts } = failure;
  const { code, message } = describeError(error);
  return {
    stage,
    transform,
    code,
    error: message,
    attempts,
    ...lane.ref,
    offset,
    id: frames.id(index),
    timestamp: frames.timestamp(index),
    payload: frames.payload(index),
    headers: headersOf(frames, index),
  };
}

/** Headers that are no header block do not keep their message from its dead letter. */
function headersOf(frames: MessageFrames, index: number): readonly HeaderEntry[] | undefined {
  const bytes = frames.headersBytes(index);
  if (bytes.length === 0) return [];
  try {
    return decodeHeaderEntries(bytes);
  } catch {
    return undefined;
  }
}
