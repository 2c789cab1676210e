import type { TaskCounters } from "../../shared/task/counters.ts";

/** How a message ends, by its counter. */
export type MessageOutcome = "delivered" | "filtered" | "skipped" | "deadLettered";

/**
 * Invariant 4: `consumed` is at any time the sum of the four outcomes and of what is open. A message that is abandoned
 * before its end comes again; it is then not counted as consumed a second time.
 */
export class MessageAccount {
  readonly #counters: TaskCounters;
  #open = 0;
  #abandoned = 0;

  constructor(counters: TaskCounters) {
    this.#counters = counters;
  }

  get open(): number {
    return this.#open;
  }

  taken(messages: number): void {
    const again = Math.min(this.#abandoned, messages);
    this.#abandoned -= again;
    this.#counters.consumed += messages - again;
    this.#open += messages;
  }

  ended(outcome: MessageOutcome, messages: number): void {
    this.#counters[outcome] += messages;
    if (outcome === "delivered") this.#counters.processed += messages;
    this.#open -= messages;
  }

  abandoned(messages: number): void {
    this.#abandoned += messages;
    this.#open -= messages;
  }
}
