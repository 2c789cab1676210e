import type { MessageFrames } from "@iggy-connectors/protocol";
import type { MessageBatch } from "@iggy-connectors/sdk";
import type { MessageRange } from "../../../shared/workers/call-marks.ts";
import type { BatchPartition } from "../delivery/batch-partition.ts";
import type { Settlement } from "../delivery/settle-failures.ts";
import { messageRange } from "../message-range.ts";

/** A partition whose batches are staged. */
export interface StagingPartition extends BatchPartition {
  /** Failures of flushed batches that are still being settled; undefined: none. */
  readonly settling: Promise<void> | undefined;
  /** Runs `work` after what was given earlier; `blocked` once one returned false: it could not end its messages. */
  settleInOrder(work: (blocked: boolean) => Promise<boolean>): void;
}

/** A batch that the sink has staged but not written. Its bytes are kept: a message of it may still need a dead letter. */
export interface StagedBatch {
  readonly partition: StagingPartition;
  readonly frames: MessageFrames;
  readonly batch: MessageBatch;
  readonly bytes: number;
  /** The memory of `batch` may be reused. */
  release(): void;
  /** Messages that count as delivered once they are flushed. */
  readonly delivered: number;
  /** Offsets that `consume` rejected. */
  readonly rejected: ReadonlySet<bigint>;
  /** Everything up to this offset was delivered or failed: the partition's offset once it is flushed and its failures are settled. */
  readonly through: bigint;
  /** The messages that failed before the flush are being settled; undefined: none did. */
  readonly settling: Promise<Settlement> | undefined;
}

/** Where batches wait until the sink has written them. */
export interface StagingArea {
  holds(partition: StagingPartition): boolean;
  add(staged: StagedBatch): void;
}

/** The staged batches in the order in which the sink got them, with their totals. */
export class StagedBatches {
  #batches: StagedBatch[] = [];
  #bytes = 0;
  #messages = 0;

  get empty(): boolean {
    return this.#batches.length === 0;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get messages(): number {
    return this.#messages;
  }

  /** The messages of each partition, from the first that is staged to the last. */
  ranges(): MessageRange[] {
    const ends = new Map<StagingPartition, { readonly first: bigint; last: bigint }>();
    for (const { partition, frames } of this.#batches) {
      const last = frames.offset(frames.length - 1);
      const known = ends.get(partition);
      if (known === undefined) ends.set(partition, { first: frames.offset(0), last });
      else known.last = last;
    }
    return [...ends].map(([{ ref }, { first, last }]) => messageRange(ref, first, last));
  }

  /** Resolves when no failed message of what is staged is being settled. */
  async settled(): Promise<void> {
    await Promise.all(this.#batches.map(({ settling }) => settling));
  }

  /** Those of which batches are staged, each once. */
  partitions(): readonly StagingPartition[] {
    return [...new Set(this.#batches.map(({ partition }) => partition))];
  }

  holds(partition: StagingPartition): boolean {
    return this.#batches.some((staged) => staged.partition === partition);
  }

  add(staged: StagedBatch): void {
    this.#batches.push(staged);
    this.#bytes += staged.bytes;
    this.#messages += staged.delivered;
  }

  takeAll(): readonly StagedBatch[] {
    return this.#take(() => true);
  }

  takeOf(partition: StagingPartition): readonly StagedBatch[] {
    return this.#take((staged) => staged.partition === partition);
  }

  #take(picked: (staged: StagedBatch) => boolean): readonly StagedBatch[] {
    const before = this.#batches;
    this.#batches = before.filter((staged) => !picked(staged));
    const taken = before.filter(picked);
    for (const { bytes, delivered } of taken) {
      this.#bytes -= bytes;
      this.#messages -= delivered;
    }
    return taken;
  }
}
