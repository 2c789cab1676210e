import type { MessageBatch } from "@iggy-connectors/sdk";
import type { CallOutcome } from "./plugin-attempts.ts";

/** What became of a part of a batch. One that is refused cannot be halved any further. */
export interface PartOutcome {
  readonly part: MessageBatch;
  /** `undecided`: this part and all behind it are to be delivered again, since it cannot be told who is to blame. */
  readonly outcome: Exclude<CallOutcome, { kind: "unclear" }> | Undecided;
}

export interface Undecided {
  readonly kind: "undecided";
  readonly error: unknown;
  readonly attempts: number;
}

/**
 * What speaks against the destination while it is not known who is to blame: calls that failed since one was delivered. Shared by
 * batches that are delivered one after the other.
 */
export class Blame {
  #limit: number;
  #fruitless = 0;
  #delivers = false;

  /** `limit`: calls that may fail in a row before the destination is blamed. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Another round begins, with a higher limit. */
  nextRound(limit: number): void {
    this.#limit = limit;
    this.#fruitless = 0;
  }

  /** Something was delivered, so that the destination can be reached and works. */
  get delivers(): boolean {
    return this.#delivers;
  }

  delivered(): void {
    this.#delivers = true;
    this.#fruitless = 0;
  }

  /** True: it is enough, the destination is to blame. */
  failed(): boolean {
    this.#fruitless += 1;
    return this.#fruitless > this.#limit;
  }
}

/** Messages at the end of a batch that are blamed by what was delivered before them; more of them speak for a destination that failed. */
const TRAILING = 8;

/**
 * Invariant 6: one bad message never fails its batch. Delivers a batch as a whole. Where the destination refuses that
 * without naming messages, or it is unclear who is to blame, it is halved until the messages in question are alone. What fails
 * alone without a clear reason is the message's own fault if messages behind it are delivered (or, at the end, those before it):
 * then it is refused. Otherwise it is undecided. The parts come in order, so that what was yielded is always a prefix; one that
 * was abandoned or is undecided is the last.
 */
export async function* deliverInParts(
  batch: MessageBatch,
  deliver: (part: MessageBatch) => Promise<CallOutcome>,
  blame: Blame = new Blame(Number.POSITIVE_INFINITY),
): AsyncGenerator<PartOutcome, void, undefined> {
  const parts = [batch];
  /** Alone and failed, from the first of which it is not known who is to blame. */
  let suspects: (PartOutcome & { readonly outcome: { readonly kind: "refused" } })[] = [];
  for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
    const outcome = await deliver(part);
    if (outcome.kind === "abandoned") {
      yield { part: suspects[0]?.part ?? part, outcome };
      return;
    }
    if (outcome.kind === "unclear" && blame.failed()) {
      const { error, attempts } = outcome;
      yield { part: suspects[0]?.part ?? part, outcome: { kind: "undecided", error, attempts } };
      return;
    }
    const failed = outcome.kind === "refused" || outcome.kind === "unclear";
    const half = failed ? middle(part) : undefined;
    if (half !== undefined) {
      parts.push(part.slice(half, part.length), part.slice(0, half));
    } else if (outcome.kind === "unclear" || (outcome.kind === "refused" && suspects.length > 0)) {
      suspects.push({ part, outcome: { ...outcome, kind: "refused" } });
    } else {
      if (outcome.kind === "done") blame.delivered();
      yield* suspects;
      suspects = [];
      yield { part, outcome };
    }
  }
  const [first] = suspects;
  if (first === undefined) return;
  if (blame.delivers && suspects.length <= TRAILING) yield* suspects;
  else yield { part: first.part, outcome: { ...first.outcome, kind: "undecided" } };
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
