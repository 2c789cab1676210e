import type { Call } from "./call.ts";
import { CODE, IggyError } from "./errors.ts";

export type AnyCall = Call<unknown>;

/** Calls that wait for the connection; far more than any sensible caller has at once. */
const CAPACITY = 4096;

/** Calls in the order they were made, bounded in number. */
export class CallQueue {
  readonly #calls: AnyCall[] = [];
  #turns = 0;

  get isEmpty(): boolean {
    return this.#calls.length === 0;
  }

  get first(): AnyCall | undefined {
    return this.#calls[0];
  }

  /** @throws IggyError 58 when too many calls wait. */
  push(call: AnyCall): void {
    if (this.#calls.length >= CAPACITY) {
      throw new IggyError(CODE.notAccepted, {
        command: call.command.name,
        detail: `${CAPACITY} calls wait for the connection already`,
        advice: "wait for answers before making more calls",
      });
    }
    this.#turns += 1;
    call.turn = this.#turns;
    this.#calls.push(call);
  }

  /** A call that is repeated keeps its turn. */
  putBack(call: AnyCall): void {
    const index = this.#calls.findIndex(({ turn }) => turn > call.turn);
    this.#calls.splice(index < 0 ? this.#calls.length : index, 0, call);
  }

  shift(): AnyCall | undefined {
    return this.#calls.shift();
  }

  remove(call: AnyCall): void {
    const index = this.#calls.indexOf(call);
    if (index >= 0) this.#calls.splice(index, 1);
  }

  rejectAll(reason: (call: AnyCall) => unknown): void {
    for (const call of this.#calls.splice(0)) call.reject(reason(call));
  }
}
