import type { MessageTrace } from "@iggy-connectors/transforms";
import type { TappedMessage, TapSettings } from "../../shared/tap/tapped-message.ts";
import { type MessageOrigin, showTrace } from "./show-message.ts";

/** Milliseconds for which the allowance accumulates: a burst after a pause shows no more than that. */
const SAVED = 1000;

/**
 * Shows samples of a task's messages to the clients of the tap. Costs one comparison per batch while there are none; the
 * shown messages are traced separately, and delivery does not depend on it.
 */
export class Tap {
  readonly #post: (messages: readonly TappedMessage[]) => void;
  readonly #now: () => number;
  #settings: TapSettings | undefined;
  #allowance = 0;
  #at = 0;

  constructor(post: (messages: readonly TappedMessage[]) => void, now: () => number = () => performance.now()) {
    this.#post = post;
    this.#now = now;
  }

  /** Undefined: no client watches any more. */
  set(settings: TapSettings | undefined): void {
    if (this.#settings === undefined) {
      this.#at = this.#now();
      this.#allowance = settings?.rate ?? 0;
    }
    this.#settings = settings;
  }

  /** Shows messages of a batch, spread over it, as many as the rate allows. */
  batch(
    first: number,
    length: number,
    origin: (index: number) => MessageOrigin,
    trace: (index: number) => MessageTrace,
  ): void {
    const settings = this.#settings;
    if (settings === undefined) return;
    const count = Math.min(length - first, this.#take(settings.rate));
    if (count <= 0) return;
    this.#allowance -= count;
    const shown: TappedMessage[] = [];
    for (let sample = 0; sample < count; sample++) {
      const index = first + Math.floor((sample * (length - first)) / count);
      shown.push(...showTrace(trace(index), origin(index), settings.bytes));
    }
    this.#post(shown);
  }

  #take(rate: number): number {
    const now = this.#now();
    this.#allowance = Math.min((rate * SAVED) / 1000, this.#allowance + ((now - this.#at) * rate) / 1000);
    this.#at = now;
    // A rate below one message per second still shows one from time to time.
    return Math.floor(rate < 1 && this.#allowance >= rate ? Math.ceil(this.#allowance) : this.#allowance);
  }
}
