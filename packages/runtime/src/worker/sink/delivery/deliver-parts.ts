import type { MessageBatch } from "@iggy-connectors/sdk";
import type { CallOutcome } from "./plugin-attempts.ts";

/** What became of a part of a batch. One that is refused cannot be halved any further. */
export interface PartOutcome {
  readonly part: MessageBatch;
  readonly outcome: CallOutcome;
}

/**
 * Invariant 6: one bad message never fails its batch. Delivers a batch as a whole. Where the destination refuses that
 * without naming messages, it is halved until the messages that are refused are alone. The parts come in order, so that
 * what was yielded is always a prefix; one that was abandoned is the last.
 */
export async function* deliverInParts(
  batch: MessageBatch,
  deliver: (part: MessageBatch) => Promise<CallOutcome>,
): AsyncGenerator<PartOutcome, void, undefined> {
  const parts = [batch];
  for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
    const outcome = await deliver(part);
    const half = outcome.kind === "refused" ? middle(part) : undefined;
    if (half === undefined) {
      yield { part, outcome };
      if (outcome.kind === "abandoned") return;
    } else {
      parts.push(part.slice(half, part.length), part.slice(0, half));
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
