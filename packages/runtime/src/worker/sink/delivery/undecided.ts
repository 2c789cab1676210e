import { pause } from "@iggy-connectors/client";
import type { MessageBatch } from "@iggy-connectors/sdk";
import { isExhausted, reportFailure } from "../../task/retry.ts";
import type { Task } from "../../task/task.ts";
import { Blame, type Undecided } from "./deliver-parts.ts";

/** Attempts at a whole batch before it is halved, and at a message that is alone. */
const ATTEMPTS = 3;
/** Calls that may fail in a row in the first round; each round allows twice as many. */
const FIRST_LIMIT = 64;
const MAX_DOUBLINGS = 10;

/**
 * The rounds in which nothing could be decided: it is unclear whether messages or the destination are to blame, and too little was
 * delivered to tell. They are repeated with back-off (invariant 5), as a failure of the destination.
 */
export class UndecidedRounds {
  #rounds = 0;
  #since = 0;

  /** How often a call of a part is tried before it counts as failed. Only whole batches and lone messages are worth more than one. */
  attemptsAt(part: MessageBatch, whole: MessageBatch): number {
    return part.consumed === 1 || part.length === whole.length ? ATTEMPTS : 1;
  }

  blame(): Blame {
    return new Blame(this.limit);
  }

  /** Calls that may fail in a row in the current round. */
  get limit(): number {
    return FIRST_LIMIT * 2 ** Math.min(this.#rounds, MAX_DOUBLINGS);
  }

  /** Everything was decided. */
  settled(): void {
    this.#rounds = 0;
  }

  /** Waits before the next round, and says so; `exhausted`: the limits of `retry` are reached. */
  async next(
    task: Task,
    { error }: Undecided,
    { method, place, closing }: { readonly method: string; readonly place: string; readonly closing: AbortSignal },
    suspend: (wait: () => Promise<void>) => Promise<boolean>,
  ): Promise<"again" | "exhausted" | "closed"> {
    if (this.#rounds === 0) this.#since = performance.now();
    this.#rounds += 1;
    const fields = { place, rounds: this.#rounds };
    const delay = reportFailure(task, { method, place, stage: "ffi", fields }, error, this.#rounds);
    if (isExhausted(task.spec.retry, this.#rounds * ATTEMPTS, performance.now() - this.#since)) {
      task.health.resolved(place);
      return "exhausted";
    }
    const resumed = await suspend(() => pause(delay, closing));
    return resumed && !closing.aborted ? "again" : "closed";
  }
}
