import type { MessageFrames } from "@iggy-connectors/protocol";
import { FatalError, type RejectedMessage } from "@iggy-connectors/sdk";
import type { MessageFailure } from "@iggy-connectors/transforms";
import { deliverInParts } from "../delivery/deliver-parts.ts";
import { consumeFailure, indexOfOffset, rejectedBy } from "../delivery/rejected-messages.ts";
import type { StagedBatch, StagingPartition } from "./staged-batch.ts";

/** The failed messages of each staged batch that has any. */
export type FlushFailures = ReadonlyMap<StagedBatch, readonly MessageFailure[]>;

/** The messages that a flush named, by their batches; an error where it named one that it was not given. */
export function namedFailures(
  staged: readonly StagedBatch[],
  rejected: readonly RejectedMessage[],
  attempts: number,
): FlushFailures | FatalError {
  const failures = new Map<StagedBatch, MessageFailure[]>();
  for (const { offset, partition, error } of rejected) {
    const entry = staged.find((each) => isOf(each.partition, partition, staged) && contains(each.frames, offset));
    if (entry === undefined) {
      return new FatalError(`flush rejected offset ${String(offset)} without naming a partition where it was staged`, {
        code: "IGC_PLUGIN_REJECTED_UNKNOWN",
        fix: "correct the plugin: every rejected message of flush names its partition and an offset it was given",
      });
    }
    const failure = consumeFailure(entry.frames, offset, error, attempts);
    const known = failures.get(entry) ?? [];
    if (!known.some(({ index }) => index === failure.index)) known.push(failure);
    failures.set(entry, known);
  }
  return failures;
}

/** Every message that the flush would have ended. */
export function allFailures(entry: StagedBatch, error: unknown, attempts: number): readonly MessageFailure[] {
  const failures: MessageFailure[] = [];
  const { batch, frames } = entry;
  let last: bigint | undefined;
  for (let index = 0; index < batch.length; index++) {
    const offset = batch.offset(index);
    // Messages that a transform made of one stand side by side and end as one.
    if (offset !== last && isCounted(entry, offset)) failures.push(consumeFailure(frames, offset, error, attempts));
    last = offset;
  }
  return failures;
}

/**
 * The failed messages of a batch that is consumed and flushed again by itself, halved until they are alone; undefined:
 * abandoned.
 */
export async function isolatedFailures(
  entry: StagedBatch,
  deliverAgain: Parameters<typeof deliverInParts>[1],
): Promise<readonly MessageFailure[] | undefined> {
  const failures: MessageFailure[] = [];
  const known = new Set<bigint>();
  for await (const { part, outcome } of deliverInParts(entry.batch, deliverAgain)) {
    if (outcome.kind === "abandoned") return undefined;
    for (const { offset, error } of rejectedBy(part, outcome)) {
      if (!isCounted(entry, offset) || known.has(offset)) continue;
      known.add(offset);
      failures.push(consumeFailure(entry.frames, offset, error, outcome.attempts));
    }
  }
  return failures;
}

/** Among those that the flush would have ended. */
function isCounted(entry: StagedBatch, offset: bigint): boolean {
  return offset <= entry.through && !entry.rejected.has(offset);
}

function isOf(
  owner: StagingPartition,
  partition: RejectedMessage["partition"],
  staged: readonly StagedBatch[],
): boolean {
  if (partition === undefined) return staged.every((other) => other.partition === owner);
  const { ref } = owner;
  return ref.partition === partition.partition && ref.stream === partition.stream && ref.topic === partition.topic;
}

function contains(frames: MessageFrames, offset: bigint): boolean {
  return indexOfOffset(frames, offset) !== -1;
}
