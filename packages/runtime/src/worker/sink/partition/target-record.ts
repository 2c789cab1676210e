import type { CommittedOffset, PartitionRef, Sink } from "@iggy-connectors/sdk";

/** What the target has recorded of a partition, in one form; undefined: it keeps no offsets, or knows nothing of the partition. */
export async function readCommitted(sink: Sink, ref: PartitionRef): Promise<CommittedOffset | undefined> {
  const committed = await sink.committed?.(ref);
  return typeof committed === "bigint" ? { offset: committed } : committed;
}

/** Invariant 8: whether what was recorded counts in another log than the partition has now. */
export function isOfAnotherLog({ history }: Pick<CommittedOffset, "history">, ref: PartitionRef): boolean {
  return history !== undefined && ref.history !== undefined && history !== ref.history;
}

/**
 * What a sink that keeps offsets in its target has recorded of one partition, as far as the runtime can tell: the target may know
 * more, by messages that ended without the sink, but never less.
 */
export class TargetRecord {
  #offset: bigint | undefined;
  #hasGrown = false;
  /** The target has answered with a record: without one from now on it has forgotten. */
  #answered = false;

  get offset(): bigint | undefined {
    return this.#offset;
  }

  /** Something was recorded since the partition was taken up. */
  get hasGrown(): boolean {
    return this.#hasGrown;
  }

  begin(committed: CommittedOffset | undefined): void {
    this.#offset = committed?.offset;
    this.#answered = committed !== undefined;
  }

  /** The sink wrote, or was told of, everything through this offset. */
  through(offset: bigint): void {
    this.#hasGrown = true;
    if (this.#offset === undefined || offset > this.#offset) this.#offset = offset;
  }

  /** The log starts over. */
  clear(): void {
    this.#offset = undefined;
  }

  /**
   * Compares an answer with what is known; `ended`: everything through this offset has ended. Undefined: it agrees. `forgotten`: there
   * is no record any more.
   */
  compare(
    committed: CommittedOffset | undefined,
    ref: PartitionRef,
    ended: bigint | undefined,
  ): "moved" | "forgotten" | undefined {
    if (committed === undefined) return this.#answered && this.#offset !== undefined ? "forgotten" : undefined;
    this.#answered = true;
    if (isOfAnotherLog(committed, ref)) return "moved";
    const last = committed.offset ?? -1n;
    return last < (this.#offset ?? -1n) || last > (ended ?? -1n) ? "moved" : undefined;
  }
}
