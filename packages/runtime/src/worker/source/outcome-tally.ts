import type { MessageOutcome, TaskCounters } from "../../shared/task/counters.ts";

/** In rising order of precedence: what went wrong in one stream outweighs what went well in another. */
const OUTCOMES = ["filtered", "delivered", "skipped", "deadLettered"] as const satisfies readonly MessageOutcome[];

/** Invariant 4 for sources: every produced message ends as exactly one outcome, also where several streams receive it. */
export class OutcomeTally {
  /** Positions in `OUTCOMES`. A message that goes to no stream was filtered. */
  readonly #outcomes: Uint8Array;

  constructor(messages: number) {
    this.#outcomes = new Uint8Array(messages);
  }

  /** Messages, by their indexes, ended like this in one stream. */
  ended(outcome: MessageOutcome, indexes: ArrayLike<number>): void {
    const rank = OUTCOMES.indexOf(outcome);
    for (let at = 0; at < indexes.length; at++) {
      const index = indexes[at]!;
      if (this.#outcomes[index]! < rank) this.#outcomes[index] = rank;
    }
  }

  addTo(counters: TaskCounters): void {
    const counts = OUTCOMES.map(() => 0);
    for (const outcome of this.#outcomes) counts[outcome]! += 1;
    for (const [position, outcome] of OUTCOMES.entries()) counters[outcome] += counts[position]!;
  }
}
