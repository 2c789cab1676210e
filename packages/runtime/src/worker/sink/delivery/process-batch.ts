import type { PolledBatch, WeightedSemaphore } from "@iggy-connectors/client";
import type { MessageFrames } from "@iggy-connectors/protocol";
import type { Sink } from "@iggy-connectors/sdk";
import type { MessageFailure } from "@iggy-connectors/transforms";
import type { FailurePolicy } from "../../failures/failure-policy.ts";
import type { Task } from "../../task/task.ts";
import type { StagingArea, StagingPartition } from "../staging/staged-batch.ts";
import type { DeliveringPartition } from "./batch-partition.ts";
import { BatchTiming } from "./batch-timing.ts";
import { type DecodedBatch, decodeBatch } from "./decode-batch.ts";
import { type DeliveredBatch, deliverBatch } from "./deliver-batch.ts";
import { blockPartition, type Settlement, settleFailures } from "./settle-failures.ts";
import { Turn } from "./turn.ts";

export interface BatchProcessorDependencies {
  readonly task: Task;
  readonly sink: Sink;
  /** Bytes of polled messages that are held. */
  readonly buffer: WeightedSemaphore;
  readonly failures: FailurePolicy;
  /** Present for a sink that stages. */
  readonly staging: StagingArea | undefined;
}

type Partition = DeliveringPartition & StagingPartition;

/**
 * Takes one polled batch of a partition to its end, in three steps that return what became of it: decoded (and
 * transformed), delivered, and its failed messages settled. What ended then moves the partition's offset, or is staged
 * until it is flushed.
 */
export class BatchProcessor {
  readonly #dependencies: BatchProcessorDependencies;

  constructor(dependencies: BatchProcessorDependencies) {
    this.#dependencies = dependencies;
  }

  /** False: the partition was closed before every message of the batch had ended or was to be read again. */
  async process(partition: Partition, polled: PolledBatch): Promise<boolean> {
    const turn = new Turn(
      () => partition.enterPlugin(partition.abandoned),
      () => partition.leavePlugin(),
    );
    try {
      if ((await turn.begin()) && partition.mayBegin) return await this.#run(partition, polled, turn);
      this.#dependencies.buffer.release(polled.bytes);
      return false;
    } finally {
      turn.end();
    }
  }

  async #run(partition: Partition, polled: PolledBatch, turn: Turn): Promise<boolean> {
    const { task, sink, buffer, failures, staging } = this.#dependencies;
    const { frames } = polled;
    this.#take(partition, polled);
    const timing = new BatchTiming();

    const decoded = await decodeBatch({ task, failures }, partition, polled, turn, timing);
    if (decoded === undefined) {
      buffer.release(polled.bytes);
      return false;
    }
    partition.count("filtered", decoded.filtered);
    task.measured.filtered(decoded.filteredBy);

    const stages = staging !== undefined;
    const delivered = await deliverBatch({ task, sink, stages }, partition, frames, decoded, turn, timing);

    const due = dueFailures(frames, decoded, delivered);
    const { through } = delivered;
    const settling = due.length === 0 ? undefined : settleFailures(failures, partition, frames, due, through);
    // Before the turn ends: a flush that comes next flushes what was staged here, and has to know of it.
    const staged = this.#stage(partition, polled, decoded, delivered, settling);
    turn.end();
    const settlement: Settlement =
      settling === undefined ? { through, complete: true, blockedBy: undefined } : await partition.holdWhile(settling);
    const ended = settlement.through === frames.offset(frames.length - 1);
    if (!staged) this.#end(partition, polled, decoded, settlement.through);
    if (delivered.reread === true && settlement.complete && !partition.closing.aborted) {
      partition.readAgain(frames, settlement.through);
      return true;
    }
    timing.report(task, partition, frames.length - polled.from, delivered.delivered, ended);
    task.changed();
    const { blockedBy } = settlement;
    if (blockedBy !== undefined && !partition.closing.aborted) {
      await partition.holdWhile(blockPartition(failures, partition, frames, blockedBy));
    }
    return ended;
  }

  #take(partition: Partition, { frames, from, bytes }: PolledBatch): void {
    const { task } = this.#dependencies;
    const messages = frames.length - from;
    partition.taken(messages);
    task.measured.batch(messages, bytes);
    task.counters.bytesIn += bytes;
    task.changed();
  }

  /** Leaves the end of the batch to the flush, where the sink has staged messages of it or before it; false: nothing is staged. */
  #stage(
    partition: Partition,
    { frames, bytes }: PolledBatch,
    { batch, release }: DecodedBatch,
    { delivered, rejected, through }: DeliveredBatch,
    settling: Promise<Settlement> | undefined,
  ): boolean {
    const { staging } = this.#dependencies;
    if (staging === undefined || (delivered === 0 && !staging.holds(partition))) return false;
    staging.add({ partition, frames, batch, bytes, delivered, rejected, through, settling, release });
    return true;
  }

  /** Moves the offset through what has ended. */
  #end(partition: Partition, { frames, bytes }: PolledBatch, { release }: DecodedBatch, through: bigint): void {
    const { buffer, staging } = this.#dependencies;
    buffer.release(bytes);
    partition.endedThrough(frames, through);
    if (through !== frames.offset(frames.length - 1) || staging !== undefined) return;
    release();
    partition.recycle(frames);
  }
}

/** What was abandoned comes again with everything behind it, so only the failures before it are settled, and the barrier. */
function dueFailures(frames: MessageFrames, decoded: DecodedBatch, delivered: DeliveredBatch): MessageFailure[] {
  return [...decoded.failures, ...delivered.failures]
    .filter(({ index }) => {
      const offset = frames.offset(index);
      return offset <= delivered.through || offset === decoded.barrier;
    })
    .sort((a, b) => a.index - b.index);
}
