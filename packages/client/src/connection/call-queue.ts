import { CODE, IggyError } from "../errors/errors.ts";
import type { Call } from "./call.ts";

export type AnyCall = Call<unknown>;

/** Calls that wait for the connection; far more than any sensible caller has at once. */
const CAPACITY = 4096;

/**
 * Calls in the order they were made, limited in number and in the bytes they hold. One call larger than the limit is
 * accepted while no other waits, so that it can be made at all.
 */
export class CallQueue {
  readonly #calls: AnyCall[] = [];
  #turns = 0;
  readonly #maxBytes: number;
  readonly #waiting: { bytes: number; resolve: () => void }[] = [];
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get isEmpty(): boolean {
    return this.#calls.length === 0;
  }

  get first(): AnyCall | undefined {
    return this.#calls[0];
  }

  /** @throws IggyError 58 when too many calls, or too many bytes, wait. */
  push(call: AnyCall): void {
    if (!this.#fits(call.bytes)) {
      throw new IggyError(CODE.notAccepted, {
        command: call.command.name,
        detail: `${this.#calls.length} calls of ${this.#bytes} bytes wait for the connection already`,
        advice: "wait for answers, or for whenWritable(), before making more calls",
      });
    }
    this.#turns += 1;
    call.turn = this.#turns;
    this.#calls.push(call);
    this.#bytes += call.bytes;
  }

  /** Resolves when a call of so many bytes would be accepted, in the order of the requests for it. */
  waitForCapacity(bytes: number): Promise<void> {
    if (this.#waiting.length === 0 && this.#fits(bytes)) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ bytes, resolve }));
  }

  /** A call that is repeated keeps its turn. */
  putBack(call: AnyCall): void {
    const index = this.#calls.findIndex(({ turn }) => turn > call.turn);
    this.#calls.splice(index < 0 ? this.#calls.length : index, 0, call);
    this.#bytes += call.bytes;
  }

  shift(): AnyCall | undefined {
    const call = this.#calls.shift();
    if (call !== undefined) this.#gone(call);
    return call;
  }

  remove(call: AnyCall): void {
    const index = this.#calls.indexOf(call);
    if (index < 0) return;
    this.#calls.splice(index, 1);
    this.#gone(call);
  }

  rejectAll(reason: (call: AnyCall) => unknown): void {
    const calls = this.#calls.splice(0);
    for (const call of calls) call.reject(reason(call));
    for (const call of calls) this.#gone(call);
  }

  #fits(bytes: number): boolean {
    if (this.#calls.length === 0) return true;
    return this.#calls.length < CAPACITY && this.#bytes + bytes <= this.#maxBytes;
  }

  #gone(call: AnyCall): void {
    this.#bytes -= call.bytes;
    for (let first = this.#waiting[0]; first !== undefined && this.#fits(first.bytes); first = this.#waiting[0]) {
      this.#waiting.shift();
      first.resolve();
    }
  }
}
