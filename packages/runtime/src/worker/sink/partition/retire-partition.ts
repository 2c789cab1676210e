import { endsBefore, type PartitionEnd, type WeightedSemaphore } from "@iggy-connectors/client";
import { isFatal, type PartitionRef, type Sink } from "@iggy-connectors/sdk";
import { describeError } from "../../../shared/errors.ts";
import type { Task } from "../../task/task.ts";
import type { Flusher } from "../staging/flusher.ts";
import type { SinkPartition } from "./sink-partition.ts";

export interface RetireDependencies {
  readonly task: Task;
  readonly sink: Sink;
  readonly pluginSlots: WeightedSemaphore;
  readonly flusher: Flusher | undefined;
}

/**
 * Invariant 7: finishes, flushes and stores what is open of a closed partition within `stop_timeout`, then lets the sink
 * discard what it staged of a partition that goes to another member.
 */
export async function retirePartition(
  partition: SinkPartition,
  end: PartitionEnd,
  { task, sink, pluginSlots, flusher }: RetireDependencies,
): Promise<void> {
  const { ended } = task.lifetime;
  const deadline = setTimeout(() => partition.abandon(), task.spec.stopTimeout);
  await partition.drain(end === "stopped" ? "stop" : "revocation");
  clearTimeout(deadline);
  partition.abandon();
  if (end === "stopped") return;
  // The plugin may still be in its last call for this partition; it is not called again for it before that has ended.
  if (!(await endsBefore(partition.done, ended))) return;
  if (sink.revoked === undefined && flusher === undefined) return;
  if (!(await pluginSlots.acquire(pluginSlots.limit, ended))) return;
  try {
    flusher?.discard(partition);
    await callRevoked(task, sink, partition.ref);
  } finally {
    pluginSlots.release(pluginSlots.limit);
  }
}

async function callRevoked({ counters, logger, calls }: Task, sink: Sink, ref: PartitionRef): Promise<void> {
  try {
    await calls.track("revoked", () => sink.revoked?.([ref]));
  } catch (error) {
    if (isFatal(error)) throw error;
    counters.errors += 1;
    logger.error(`revoked failed: ${describeError(error).message}`, { ...ref });
  }
}
