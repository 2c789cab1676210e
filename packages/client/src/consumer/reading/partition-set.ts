import type { PartitionMembership } from "../membership/partition-membership.ts";
import { repeat } from "../repeat.ts";
import { AssignmentWatch } from "./assignment-watch.ts";

/** Why the work on a partition ends: another member takes it over, it is gone already, or the consumer stops. */
export type PartitionEnd = "revoked" | "lost" | "stopped";

/** The work on one partition, from its assignment until it is retired. */
export interface AssignedPartition {
  /** Whether it is on its way out: closed, fenced or lost. */
  readonly ending: boolean;
  /** The log that it works on, as the membership named it when it was made. */
  readonly history: string | undefined;
  start(): void;
  /** Takes nothing new. Called again where the end turns out to be another one. */
  close(end: PartitionEnd): void;
}

export interface PartitionSetHandler<Partition extends AssignedPartition> {
  /** Makes the work on a partition that was assigned; it is started by the set. */
  create(partition: number): Partition;
  /** Finishes a partition that was closed; called once for each. Must not reject. */
  retire(partition: Partition, end: PartitionEnd): Promise<void>;
  /** The assignment was read. */
  onSynced?(): void;
  /** Partitions were taken up or are being let go; `initial`: these are the first ones. */
  onChanged?(assigned: readonly number[], initial: boolean): void;
  /** Reading the assignment failed, perhaps after the stop. Resolves when the next attempt is due. @throws when none can succeed. */
  onFailure(error: unknown, attempts: number): Promise<void>;
}

/**
 * The partitions that a membership owns, each with the work on it.
 *
 * `follow` takes up what is assigned, then reads the assignment again and again. A partition that is no longer assigned,
 * or that is ending by itself, is closed and retired: its handler drains it, stores what ended and releases it. So is one whose
 * log was deleted and created again; what is open of that is lost. It stays in the set until that is done, and the assignment
 * is read again at once afterwards: a partition that is assigned again meanwhile is taken up then, so that two never work on
 * the same one.
 */
export class PartitionSet<Partition extends AssignedPartition> {
  readonly #membership: PartitionMembership;
  readonly #stopping: AbortSignal;
  readonly #handler: PartitionSetHandler<Partition>;
  readonly #watch: AssignmentWatch;
  readonly #partitions = new Map<number, Partition>();
  readonly #retiring = new Map<Partition, Promise<void>>();

  constructor(membership: PartitionMembership, stopping: AbortSignal, handler: PartitionSetHandler<Partition>) {
    this.#membership = membership;
    this.#stopping = stopping;
    this.#handler = handler;
    this.#watch = new AssignmentWatch(() => membership.sync(), stopping);
  }

  /** Numbers of the partitions that are worked on or being retired, ascending. */
  get numbers(): readonly number[] {
    return [...this.#partitions.keys()].sort((a, b) => a - b);
  }

  /** The partitions that are worked on or being retired. */
  [Symbol.iterator](): IterableIterator<Partition> {
    return this.#partitions.values();
  }

  /** A partition was fenced or lost: the assignment is read again at once. */
  stale(): void {
    this.#watch.stale();
  }

  /** Follows the assignment until it is stopped. @throws what the handler's `onFailure` throws. */
  async follow(): Promise<void> {
    this.#assign(this.#membership.assignment, true);
    while (!this.#stopping.aborted) {
      const assigned = await repeat(() => this.#watch.next(), {
        signal: this.#stopping,
        onFailure: (error, attempts) => this.#handler.onFailure(error, attempts),
      });
      if (assigned === undefined) return;
      this.#handler.onSynced?.();
      this.#assign(assigned, false);
    }
  }

  /** Closes every partition; resolves when all are retired. */
  async retireAll(end: PartitionEnd): Promise<void> {
    for (const [number, partition] of this.#partitions) this.#retire(number, partition, end);
    await Promise.all(this.#retiring.values());
  }

  #assign(assigned: readonly number[], initial: boolean): void {
    if (this.#stopping.aborted) return;
    let changed = false;
    for (const [number, partition] of this.#partitions) {
      const sameLog = partition.history === this.#membership.history(number);
      if (assigned.includes(number) && !partition.ending && sameLog) continue;
      changed = this.#retire(number, partition, sameLog ? "revoked" : "lost") || changed;
    }
    for (const number of assigned) {
      if (this.#partitions.has(number)) continue;
      const partition = this.#handler.create(number);
      this.#partitions.set(number, partition);
      partition.start();
      changed = true;
    }
    if (changed) this.#handler.onChanged?.(assigned, initial);
  }

  /** Begins the end of a partition; false: it has begun already. */
  #retire(number: number, partition: Partition, end: PartitionEnd): boolean {
    partition.close(end);
    if (this.#retiring.has(partition)) return false;
    const retired = this.#handler.retire(partition, end).then(() => {
      this.#partitions.delete(number);
      this.#retiring.delete(partition);
      this.#watch.stale();
    });
    this.#retiring.set(partition, retired);
    return true;
  }
}
