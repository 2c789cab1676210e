import type { OffsetStore, PartitionMembership } from "@iggy-connectors/client";
import { backoff } from "@iggy-connectors/client";
import type { PartitionRef } from "@iggy-connectors/sdk";
import { describeError, isIggyFailure } from "../../shared/errors.ts";
import type { Task } from "../task/task.ts";

/** The server has no such offset: the log is shorter than what was read. */
const INVALID_OFFSET = 4100;

/** Stores one partition's offset with its consumer group, and says so where that fails. */
export class GroupOffsets implements OffsetStore {
  readonly place: string;
  readonly #ref: PartitionRef;
  readonly #task: Task;
  readonly #member: PartitionMembership;
  readonly #onLost: () => void;
  #troubled = false;

  constructor(ref: PartitionRef, place: string, task: Task, member: PartitionMembership, onLost: () => void) {
    this.place = `${place} offset`;
    this.#ref = ref;
    this.#task = task;
    this.#member = member;
    this.#onLost = onLost;
  }

  async store(offset: bigint): Promise<"stored" | "lost" | "gone"> {
    const { failPoints, health } = this.#task;
    if (failPoints !== undefined) await failPoints("sink.before_store");
    try {
      const answer = await this.#member.store(this.#ref.partition, offset);
      if (failPoints !== undefined) await failPoints("sink.after_store");
      if (this.#troubled) health.resolved(this.place);
      this.#troubled = false;
      return answer;
    } catch (error) {
      if (isIggyFailure(error) && error.code === INVALID_OFFSET) return "gone";
      throw error;
    }
  }

  onLost(): void {
    this.#onLost();
  }

  onFailure(error: unknown, attempts: number): number {
    const { spec, counters, logger, health } = this.#task;
    const delay = backoff(spec.retry, attempts);
    this.#troubled = true;
    counters.errors += 1;
    logger.warn(`the offset cannot be stored: ${describeError(error).message}`, { ...this.#ref, attempts });
    health.failing(this.place, "retrying", error, attempts, delay);
    return delay;
  }

  onStored(): void {
    this.#task.changed();
  }
}
