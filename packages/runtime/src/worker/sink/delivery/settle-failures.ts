import { decodeHeaderEntries, type HeaderEntry, type MessageFrames } from "@iggy-connectors/protocol";
import type { MessageFailure } from "@iggy-connectors/transforms";
import type { FailurePolicy, FailureSite } from "../../failures/failure-policy.ts";
import type { BatchPartition } from "./batch-partition.ts";

/** What became of a batch's failed messages. */
export interface Settlement {
  /** Everything up to this offset has ended. */
  readonly through: bigint;
  /** Whether every failed message has ended. */
  readonly complete: boolean;
  /** The message whose policy is `stop`: the partition blocks at it. */
  readonly blockedBy: MessageFailure | undefined;
}

/**
 * Ends the failed messages (in the order of their offsets) of a batch whose other messages have ended up to `through`. Ends
 * no more than what comes before a message that stops the partition, or before a dead letter that could not be written
 * until the partition was closed.
 */
export async function settleFailures(
  policy: Pick<FailurePolicy, "policyOf" | "settle">,
  partition: BatchPartition,
  frames: MessageFrames,
  failures: readonly MessageFailure[],
  through: bigint,
): Promise<Settlement> {
  const [first] = failures;
  if (first !== undefined && !(await partition.restore(frames))) {
    const before = frames.offset(first.index) - 1n;
    return { through: before < through ? before : through, complete: false, blockedBy: undefined };
  }
  const stop = failures.findIndex((failure) => policy.policyOf(failure) === "stop");
  const due = stop === -1 ? failures : failures.slice(0, stop);
  const site = siteOf(partition, frames);
  const skipped = due.filter((failure) => policy.policyOf(failure) === "skip");
  const rejected = due.filter((failure) => policy.policyOf(failure) === "dead_letter");
  await policy.settle(skipped, site);
  const open = (await policy.settle(rejected, site)) ? failures[stop] : rejected[0];
  if (open === undefined) return { through, complete: true, blockedBy: undefined };
  const offset = frames.offset(open.index);
  return {
    through: offset <= through ? offset - 1n : through,
    complete: false,
    blockedBy: policy.policyOf(open) === "stop" ? open : undefined,
  };
}

/** `on_error = "stop"`: the partition waits for an operator. Returns when it is closed. */
export function blockPartition(
  policy: FailurePolicy,
  partition: BatchPartition,
  frames: MessageFrames,
  failure: MessageFailure,
): Promise<void> {
  return policy.block(failure, siteOf(partition, frames));
}

function siteOf(partition: BatchPartition, frames: MessageFrames): FailureSite<MessageFailure> {
  const { ref, place, closing } = partition;
  return {
    place,
    subject: "the partition",
    closing,
    fieldsOf: ({ index }) => ({ ...ref, offset: frames.offset(index) }),
    deadLetterOf: ({ index }) => ({
      ...ref,
      offset: frames.offset(index),
      id: frames.id(index),
      timestamp: frames.timestamp(index),
      originTimestamp: frames.originTimestamp(index),
      payload: frames.payload(index),
      headers: headersOf(frames, index),
    }),
    ended: (outcome, failures) => partition.count(outcome, failures.length),
  };
}

/** Bytes that are not a header block do not keep their message from its dead letter. */
function headersOf(frames: MessageFrames, index: number): readonly HeaderEntry[] | undefined {
  const bytes = frames.headersBytes(index);
  if (bytes.length === 0) return [];
  try {
    return decodeHeaderEntries(bytes);
  } catch {
    return undefined;
  }
}
