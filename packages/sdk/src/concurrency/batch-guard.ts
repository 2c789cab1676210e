import { FatalError } from "../contract/errors.ts";

/** Refuses a batch of a partition while another one is being consumed, for sinks whose offsets move batch by batch. */
export class BatchGuard {
  readonly #sink: string;
  readonly #code: string;
  #busy = false;

  /** @param sink names it in the error, such as "file sink". */
  constructor(sink: string, code: string) {
    this.#sink = sink;
    this.#code = code;
  }

  /** @throws FatalError when work of an earlier call still runs: `max_in_flight` is above 1. */
  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#busy) {
      throw new FatalError(`the ${this.#sink} takes one batch of a partition at a time`, {
        code: this.#code,
        place: "max_in_flight",
        fix: "set max_in_flight = 1",
      });
    }
    this.#busy = true;
    try {
      return await work();
    } finally {
      this.#busy = false;
    }
  }
}
