import type { OffsetStore, PartitionMembership } from "@iggy-connectors/client";
import type { PartitionRef } from "@iggy-connectors/sdk";
import { isIggyFailure } from "../../../shared/errors.ts";
import { reportFailure } from "../../task/retry.ts";
import type { Task } from "../../task/task.ts";

/** The server has no such offset: the log is shorter than what was read. */
const INVALID_OFFSET = 4100;

/** Stores one partition's offset with its consumer group, and reports where that fails. */
export class GroupOffsets implements OffsetStore {
  readonly place: string;
  readonly #ref: PartitionRef;
  readonly #task: Task;
  readonly #member: PartitionMembership;
  readonly #onLost: () => void;
  #failing = false;

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
      const answer = await this.#member.store(this.#ref.partition, offset, this.#ref.history);
      if (failPoints !== undefined) await failPoints("sink.after_store");
      if (this.#failing) health.resolved(this.place);
      this.#failing = false;
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
    this.#failing = true;
    const failure = "the offset cannot be stored";
    return reportFailure(this.#task, { place: this.place, failure, fields: { ...this.#ref } }, error, attempts);
  }

  onStored(): void {
    this.#task.changed();
  }
}
