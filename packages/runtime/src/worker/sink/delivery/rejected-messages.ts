import type { MessageFrames } from "@iggy-connectors/protocol";
import type { MessageBatch, RejectedMessage } from "@iggy-connectors/sdk";
import type { MessageFailure } from "@iggy-connectors/transforms";
import type { CallOutcome } from "./plugin-attempts.ts";

/** A plugin that names a message it was not given: which one it meant cannot be known, so nothing may count as written. */
export function checkRejected(rejected: readonly RejectedMessage[] | undefined, batch: MessageBatch): void {
  for (const { offset } of rejected ?? []) {
    if (typeof offset === "bigint" && indexOfOffset(batch, offset) !== -1) continue;
    throw new Error(`the plugin rejected offset ${String(offset)}, which is not in the batch it was given`);
  }
}

/** The messages of a part that the destination did not take: those that it named, or all. */
export function rejectedBy(
  part: MessageBatch,
  outcome: Extract<CallOutcome, { kind: "done" | "refused" | "exhausted" }>,
): readonly RejectedMessage[] {
  if (outcome.kind === "done") return outcome.rejected;
  return Array.from({ length: part.length }, (_, index) => ({ offset: part.offset(index), error: outcome.error }));
}

export function consumeFailure(
  frames: MessageFrames,
  offset: bigint,
  error: unknown,
  attempts: number,
): MessageFailure {
  return { index: indexOfOffset(frames, offset), stage: "consume", error, attempts };
}

/** Binary search over ascending offsets; −1: not there. */
export function indexOfOffset(messages: { length: number; offset(index: number): bigint }, offset: bigint): number {
  let low = 0;
  let high = messages.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const found = messages.offset(middle);
    if (found === offset) return middle;
    if (found < offset) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}
