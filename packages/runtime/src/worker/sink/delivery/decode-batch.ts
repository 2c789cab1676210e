import type { PolledBatch } from "@iggy-connectors/client";
import type { MessageBatch } from "@iggy-connectors/sdk";
import type { MessageFailure } from "@iggy-connectors/transforms";
import type { FailurePolicy } from "../../failures/failure-policy.ts";
import type { Task } from "../../task/task.ts";
import { messageRange } from "../message-range.ts";
import type { DeliveringPartition } from "./batch-partition.ts";
import type { BatchTiming } from "./batch-timing.ts";
import { callRepeatedly } from "./plugin-attempts.ts";
import type { Turn } from "./turn.ts";

/** A batch after its decode checks and transforms. */
export interface DecodedBatch {
  /** The messages to deliver. Ends before a message that stops the partition. */
  readonly batch: MessageBatch;
  /** Messages that transforms left out. */
  readonly filtered: number;
  /** The same by the transform's name. */
  readonly filteredBy: ReadonlyMap<string, number>;
  /** In the order of their offsets. */
  readonly failures: readonly MessageFailure[];
  /** Offset of the first failed message whose policy is `stop`. */
  readonly barrier: bigint | undefined;
  /** Offset of the last message before the barrier. */
  readonly through: bigint;
  /** The memory of `batch` may be reused. */
  release(): void;
}

/** Decodes and transforms a polled batch; undefined: the partition was closed before the schemas that it needs were known. */
export async function decodeBatch(
  { task, failures }: { readonly task: Task; readonly failures: FailurePolicy },
  partition: DeliveringPartition,
  polled: PolledBatch,
  turn: Turn,
  timing: BatchTiming,
): Promise<DecodedBatch | undefined> {
  const { plan, ref } = partition;
  const { frames, from } = polled;
  const lacksSchemas = plan.prepare(frames, from) !== undefined;
  if (lacksSchemas && !(await fetchSchemas(task, partition, polled, turn, timing))) return undefined;
  const began = performance.now();
  const end = frames.length - 1;
  const hanging = task.suspects.failureAt(ref, frames.offset(from), from);
  // Its message was read alone. What hangs a worker is not run again, not even to decode it.
  const begin = hanging !== undefined && from === end ? frames.length : from;
  const { batch, filtered, filteredBy, failed, release } = task.calls.run(
    "transforms",
    [messageRange(ref, frames.offset(from), frames.offset(end))],
    () => plan.run(frames, ref, begin),
  );
  const failedMessages = begin === from || hanging === undefined ? failed : [hanging];
  timing.decode = performance.now() - began;
  task.tap.batch(
    begin,
    frames.length,
    (index) => ({ ...ref, offset: frames.offset(index), id: frames.id(index) }),
    (index) => plan.trace(frames, ref, index),
  );
  const stop = failedMessages.find((failure) => failures.policyOf(failure) === "stop");
  const barrier = stop === undefined ? undefined : frames.offset(stop.index);
  return {
    batch: barrier === undefined ? batch : partBefore(batch, barrier),
    filtered,
    filteredBy,
    failures: failedMessages,
    barrier,
    through: barrier === undefined ? frames.offset(frames.length - 1) : barrier - 1n,
    release,
  };
}

/** A registry that is down is waited for like a destination; false: the partition was closed first. */
async function fetchSchemas(
  task: Task,
  { plan, place, closing, abandoned }: DeliveringPartition,
  { frames, from }: PolledBatch,
  turn: Turn,
  timing: BatchTiming,
): Promise<boolean> {
  // Asked again after each wait: what was fetched may have been evicted for another partition's messages.
  for (let fetch = plan.prepare(frames, from); fetch !== undefined; fetch = plan.prepare(frames, from)) {
    const fetchMissing = fetch;
    const outcome = await callRepeatedly(task, {
      what: "schema registry",
      place,
      timeout: 0,
      closing,
      abandoned,
      call: (_attempt, signal) => fetchMissing(signal),
      suspend: (wait) => timing.waiting(() => turn.suspend(wait)),
    });
    if (outcome.kind === "abandoned") return false;
    // At the limit of attempts the messages themselves fail, each for the schema that it lacks.
    if (outcome.kind !== "done") return true;
  }
  return true;
}

/** The messages before a message that stops its partition. */
function partBefore(batch: MessageBatch, offset: bigint): MessageBatch {
  let end = 0;
  while (end < batch.length && batch.offset(end) < offset) end += 1;
  return batch.slice(0, end);
}
