import type { MessageFrames } from "@iggy-connectors/protocol";
import { FatalError, type MessageBatch, type RejectedMessage } from "@iggy-connectors/sdk";
import type { MessageFailure } from "@iggy-connectors/transforms";
import { isSamePartition } from "../../../shared/iggy/same-partition.ts";
import { type Blame, deliverInParts, type Undecided } from "../delivery/deliver-parts.ts";
import type { CallOutcome } from "../delivery/plugin-attempts.ts";
import { consumeFailure, indexOfOffset, rejectedBy } from "../delivery/rejected-messages.ts";
import type { UndecidedRounds } from "../delivery/undecided.ts";
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

/** What the batches of one flush share while they are delivered again one by one. */
export interface Isolation {
  readonly undecided: UndecidedRounds;
  readonly blame: Blame;
  nextRound(open: Undecided): ReturnType<UndecidedRounds["next"]>;
}

/**
 * The failed messages of a batch that is consumed and flushed again by itself, halved until they are alone; undefined:
 * abandoned.
 */
export async function isolatedFailures(
  entry: StagedBatch,
  { undecided, blame, nextRound }: Isolation,
  deliverAgain: (part: MessageBatch, unclearAttempts: number) => Promise<CallOutcome>,
): Promise<readonly MessageFailure[] | undefined> {
  const failures: MessageFailure[] = [];
  const known = new Set<bigint>();
  const add = (part: MessageBatch, outcome: Parameters<typeof rejectedBy>[1]): void => {
    for (const { offset, error } of rejectedBy(part, outcome)) {
      if (!isCounted(entry, offset) || known.has(offset)) continue;
      known.add(offset);
      failures.push(consumeFailure(entry.frames, offset, error, outcome.attempts));
    }
  };
  for (let rest = entry.batch; ; ) {
    const batch = rest;
    let open: { readonly part: MessageBatch; readonly outcome: Undecided } | undefined;
    const deliver = (part: MessageBatch) => deliverAgain(part, undecided.attemptsAt(part, batch));
    for await (const { part, outcome } of deliverInParts(batch, deliver, blame)) {
      if (outcome.kind === "abandoned") return undefined;
      if (outcome.kind === "undecided") open = { part, outcome };
      else add(part, outcome);
    }
    if (open === undefined) {
      undecided.settled();
      return failures;
    }
    rest = batch.slice(indexOfOffset(batch, open.part.firstOffset), batch.length);
    const next = await nextRound(open.outcome);
    blame.nextRound(undecided.limit);
    if (next === "closed") return undefined;
    if (next === "exhausted") {
      add(rest, { ...open.outcome, kind: "exhausted" });
      return failures;
    }
  }
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
  return isSamePartition(owner.ref, partition);
}

function contains(frames: MessageFrames, offset: bigint): boolean {
  return indexOfOffset(frames, offset) !== -1;
}
