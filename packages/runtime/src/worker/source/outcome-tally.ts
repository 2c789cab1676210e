import type { TaskCounters } from "../../shared/task/counters.ts";

const FILTERED = 0;
const DELIVERED = 1;
const SKIPPED = 2;
const DEAD_LETTERED = 3;

/**
 * Invariant 4 for sources: every produced message ends as exactly one outcome, also where several streams receive it. What
 * went wrong in one stream outweighs what went well in another.
 */
export class OutcomeTally {
  readonly #outcomes: Uint8Array;

  constructor(messages: number) {
    this.#outcomes = new Uint8Array(messages);
  }

  delivered(index: number): void {
    if (this.#outcomes[index]! < DELIVERED) this.#outcomes[index] = DELIVERED;
  }

  skipped(index: number): void {
    if (this.#outcomes[index]! < SKIPPED) this.#outcomes[index] = SKIPPED;
  }

  deadLettered(index: number): void {
    this.#outcomes[index] = DEAD_LETTERED;
  }

  addTo(counters: TaskCounters): void {
    const counts = [0, 0, 0, 0];
    for (const outcome of this.#outcomes) counts[outcome]! += 1;
    counters.filtered += counts[FILTERED]!;
    counters.delivered += counts[DELIVERED]!;
    counters.skipped += counts[SKIPPED]!;
    counters.deadLettered += counts[DEAD_LETTERED]!;
  }
}
