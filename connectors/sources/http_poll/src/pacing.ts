import type { HttpResponse } from "@iggy-connectors/http";
import { pause } from "@iggy-connectors/sdk";

const MAX_LIMIT_WAIT = 3_600_000;
/** Servers tell the end of a limit in seconds from now, or since the Unix epoch. */
const EPOCH_SECONDS = 1_000_000_000;

/** When the next request and the next round may begin; milliseconds of the monotonic clock. */
export class Pacing {
  readonly #interval: number;
  readonly #betweenRequests: number;
  #nextRound = 0;
  #nextRequest = 0;

  constructor(interval: number, betweenRequests: number) {
    this.#interval = interval;
    this.#betweenRequests = betweenRequests;
  }

  /** Waits for the next round, or for the next request of one that is under way. False: aborted. */
  async wait(newRound: boolean, signal: AbortSignal): Promise<boolean> {
    const until = newRound ? Math.max(this.#nextRound, this.#nextRequest) : this.#nextRequest;
    for (let left = until - performance.now(); left > 0; left = until - performance.now()) {
      await pause(left, signal);
      if (signal.aborted) return false;
    }
    const now = performance.now();
    if (newRound) this.#nextRound = now + this.#interval;
    this.#nextRequest = now + this.#betweenRequests;
    return !signal.aborted;
  }

  answered({ headers }: HttpResponse): void {
    const remaining = headers["x-ratelimit-remaining"] ?? headers["ratelimit-remaining"];
    if (remaining !== "0") return;
    const reset = Number(headers["x-ratelimit-reset"] ?? headers["ratelimit-reset"]);
    if (!Number.isFinite(reset) || reset < 0) return;
    const wait = reset >= EPOCH_SECONDS ? reset * 1000 - Date.now() : reset * 1000;
    this.#nextRequest = performance.now() + Math.min(Math.max(wait, this.#betweenRequests), MAX_LIMIT_WAIT);
  }
}
