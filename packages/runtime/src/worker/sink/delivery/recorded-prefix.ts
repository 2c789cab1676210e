import type { MessageBatch, RejectedMessage } from "@iggy-connectors/sdk";
import type { CallOutcome } from "./plugin-attempts.ts";

/**
 * How far a sink that keeps offsets has recorded a batch that it took; undefined: not even its first message for certain. A rejected
 * message may count as open in the target until its dead letter is written.
 */
export function recordedThrough(
  batch: MessageBatch,
  rejected: Iterable<Pick<RejectedMessage, "offset">>,
): bigint | undefined {
  let end = batch.lastOffset;
  for (const { offset } of rejected) if (offset <= end) end = offset - 1n;
  return end < batch.firstOffset ? undefined : end;
}

/** The same for a batch that is delivered in parts, which are added in order: nothing behind a rejected message is certain. */
export class RecordedPrefix {
  readonly #report: (through: bigint) => void;
  #ended = false;

  constructor(report: (through: bigint) => void) {
    this.#report = report;
  }

  add(part: MessageBatch, outcome: CallOutcome): void {
    if (this.#ended) return;
    this.#ended = outcome.kind !== "done" || outcome.rejected.length > 0;
    const through = outcome.kind === "done" ? recordedThrough(part, outcome.rejected) : undefined;
    if (through !== undefined) this.#report(through);
  }
}
