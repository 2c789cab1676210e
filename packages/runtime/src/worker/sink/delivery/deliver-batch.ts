import type { MessageFrames } from "@iggy-connectors/protocol";
import type { MessageBatch, Sink } from "@iggy-connectors/sdk";
import type { MessageFailure } from "@iggy-connectors/transforms";
import type { Task } from "../../task/task.ts";
import { messageRange } from "../message-range.ts";
import type { DeliveringPartition } from "./batch-partition.ts";
import type { BatchTiming } from "./batch-timing.ts";
import type { DecodedBatch } from "./decode-batch.ts";
import { deliverInParts } from "./deliver-parts.ts";
import { type CallOutcome, callRepeatedly } from "./plugin-attempts.ts";
import { RecordedPrefix } from "./recorded-prefix.ts";
import { checkRejected, consumeFailure, rejectedBy } from "./rejected-messages.ts";
import type { Turn } from "./turn.ts";

export interface DeliverDependencies {
  readonly task: Task;
  readonly sink: Sink;
  /** Whether the sink only stages in `consume`: its messages are counted when they are flushed. */
  readonly stages: boolean;
}

/** A batch after `consume`. */
export interface DeliveredBatch {
  /** Messages that the sink wrote, or staged. */
  readonly delivered: number;
  /** Messages that the sink rejected, or did not take within the limits of `retry`. */
  readonly failures: readonly MessageFailure[];
  /** Their offsets. */
  readonly rejected: ReadonlySet<bigint>;
  /** Every message up to this offset was reported: delivered or failed. What is behind it was abandoned and comes again. */
  readonly through: bigint;
}

/** Gives a decoded batch to the sink. */
export async function deliverBatch(
  dependencies: DeliverDependencies,
  partition: DeliveringPartition,
  frames: MessageFrames,
  { batch, through }: DecodedBatch,
  turn: Turn,
  timing: BatchTiming,
): Promise<DeliveredBatch> {
  const { task, stages } = dependencies;
  const failures: MessageFailure[] = [];
  const rejected = new Set<bigint>();
  let delivered = 0;
  if (batch.length === 0) return { delivered, failures, rejected, through };
  const consumePart = (part: MessageBatch) => consume(dependencies, partition, part, turn, timing);
  const record = new RecordedPrefix((offset) => partition.recordedThrough(offset));
  for await (const { part, outcome } of deliverInParts(batch, consumePart)) {
    if (outcome.kind === "abandoned") return { delivered, failures, rejected, through: part.firstOffset - 1n };
    const known = rejected.size;
    for (const { offset, error } of rejectedBy(part, outcome)) {
      if (rejected.has(offset)) continue;
      rejected.add(offset);
      failures.push(consumeFailure(frames, offset, error, outcome.attempts));
    }
    // What is only staged is recorded by the flush.
    if (!stages) record.add(part, outcome);
    if (outcome.kind !== "done") continue;
    const written = part.consumed - (rejected.size - known);
    delivered += written;
    task.counters.bytesOut += part.payloadBytes;
    if (stages) continue;
    partition.count("delivered", written);
    task.measured.delivered(part, rejected);
  }
  return { delivered, failures, rejected, through };
}

function consume(
  { task, sink }: DeliverDependencies,
  partition: DeliveringPartition,
  part: MessageBatch,
  turn: Turn,
  timing: BatchTiming,
): Promise<CallOutcome> {
  const { ref, place, closing, abandoned } = partition;
  return callRepeatedly(task, {
    what: "consume",
    place,
    messages: [messageRange(ref, part.firstOffset, part.lastOffset)],
    timeout: task.spec.consumeTimeout,
    closing,
    abandoned,
    call: async (attempt, signal) => {
      const began = performance.now();
      try {
        const result = await sink.consume(part, { signal, attempt });
        if (result !== undefined) checkRejected(result.rejected, part);
        if (task.failPoints !== undefined) await task.failPoints("sink.after_consume");
        return result;
      } finally {
        timing.plugin += performance.now() - began;
      }
    },
    onMoved: (error) => partition.recordMoved(error),
    suspend: (wait) => timing.waiting(() => turn.suspend(wait)),
  });
}
