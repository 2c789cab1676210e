import type { MessageBatch, RejectedMessage } from "@iggy-connectors/sdk";
import type { Outcome } from "./attempts.ts";

/** What became of the parts of a batch. */
export interface DeliveryReport {
  /** Written, or staged; `rejected` of them were not. */
  delivered(part: MessageBatch, rejected: readonly RejectedMessage[], attempts: number): void;
  /** Messages that will never work, or did not within the limits. */
  failed(part: MessageBatch, error: unknown, attempts: number): void;
}

/**
 * Delivers a batch. Where the destination refuses it as a whole without naming messages, it is halved until the culprits
 * are alone: one bad message never fails its batch. In order, so that what was reported is always a prefix.
 * Returns the offset of the first message that was not reported, when the work was abandoned.
 */
export async function deliverSplitting(
  batch: MessageBatch,
  deliver: (part: MessageBatch) => Promise<Outcome>,
  report: DeliveryReport,
): Promise<bigint | undefined> {
  const outcome = await deliver(batch);
  switch (outcome.kind) {
    case "done":
      report.delivered(batch, outcome.rejected, outcome.attempts);
      return undefined;
    case "exhausted":
      report.failed(batch, outcome.error, outcome.attempts);
      return undefined;
    case "abandoned":
      return batch.firstOffset;
    case "refused": {
      const half = middle(batch);
      if (half === undefined) {
        report.failed(batch, outcome.error, outcome.attempts);
        return undefined;
      }
      const unreported = await deliverSplitting(batch.slice(0, half), deliver, report);
      return unreported ?? deliverSplitting(batch.slice(half, batch.length), deliver, report);
    }
  }
}

/**
 * Where a batch is halved: never between messages that a transform made of one, which end together. Undefined: it is all one
 * message.
 */
function middle(batch: MessageBatch): number | undefined {
  if (batch.consumed === 1) return undefined;
  let half = batch.length >> 1;
  if (batch.consumed === batch.length) return half;
  const offset = batch.offset(half);
  while (half > 0 && batch.offset(half - 1) === offset) half--;
  if (half > 0) return half;
  while (batch.offset(half) === offset) half++;
  return half;
}

/** A plugin that names a message it was not given: which one it meant cannot be known, so nothing may count as written. */
export function checkRejected(rejected: readonly RejectedMessage[] | undefined, batch: MessageBatch): void {
  for (const { offset } of rejected ?? []) {
    if (typeof offset === "bigint" && indexOfOffset(batch.length, (index) => batch.offset(index), offset) !== -1)
      continue;
    throw new Error(`the plugin rejected offset ${String(offset)}, which is not in the batch it was given`);
  }
}

/** Binary search over ascending offsets; −1: not there. */
export function indexOfOffset(length: number, offsetAt: (index: number) => bigint, offset: bigint): number {
  let low = 0;
  let high = length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const found = offsetAt(middle);
    if (found === offset) return middle;
    if (found < offset) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}
