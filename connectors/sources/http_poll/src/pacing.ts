import { type HttpResponse, rateLimitWait } from "@iggy-connectors/http";
import { pause, RetryableError } from "@iggy-connectors/sdk";

/** Milliseconds. A longer wait for a rate limit is the runtime's, so that the connector's state shows it. */
const SHORT_WAIT = 5000;

/** When the next request and the next round may begin; milliseconds of the monotonic clock. */
export class Pacing {
  readonly #interval: number;
  readonly #betweenRequests: number;
  #nextRound = 0;
  #nextRequest = 0;
  /** End of the server's rate limit. */
  #limitEnd = 0;

  constructor(interval: number, betweenRequests: number) {
    this.#interval = interval;
    this.#betweenRequests = betweenRequests;
  }

  /**
   * Waits for the next round, or for the next request of one that is under way. False: aborted.
   * @throws RetryableError `IGC_SOURCE_HTTP_POLL_LIMIT` while the server's rate limit is used up.
   */
  async wait(newRound: boolean, signal: AbortSignal): Promise<boolean> {
    const limited = this.#limitEnd - performance.now();
    const until = newRound ? Math.max(this.#nextRound, this.#nextRequest) : this.#nextRequest;
    if (limited > SHORT_WAIT && this.#limitEnd > until) throw limitReached(limited);
    const end = Math.max(until, this.#limitEnd);
    for (let left = end - performance.now(); left > 0; left = end - performance.now()) {
      await pause(left, signal);
      if (signal.aborted) return false;
    }
    const now = performance.now();
    if (newRound) this.#nextRound = now + this.#interval;
    this.#nextRequest = now + this.#betweenRequests;
    return !signal.aborted;
  }

  answered({ headers }: HttpResponse): void {
    const wait = rateLimitWait(headers, Date.now());
    if (wait !== undefined) this.#limitEnd = performance.now() + wait;
  }
}

function limitReached(wait: number): RetryableError {
  const end = new Date(Date.now() + wait).toISOString();
  return new RetryableError(`the server's rate limit is used up until ${end}`, {
    code: "IGC_SOURCE_HTTP_POLL_LIMIT",
    fix: "none if it passes by itself; otherwise raise interval or min_request_interval",
    retryAfter: Math.ceil(wait),
  });
}
