import { isRetryable } from "../contract/errors.ts";

const JITTER = 0.2;
const DOUBLING = 2;

/** How one call is repeated before its error is handed to the caller. Delays in milliseconds. */
export interface RetryOptions {
  /** Total attempts of one call; 1 means no repetition. */
  readonly attempts: number;
  /** Delay before the second attempt; grows from there, ±20 % jitter. */
  readonly delay: number;
  /** No single delay is longer. A `retryAfter` beyond it ends the repetition and is handed to the caller. */
  readonly maxDelay: number;
  /** How the delay grows per attempt. Default 2. */
  readonly multiplier?: number;
}

/**
 * Milliseconds to wait after failed attempt `attempt` (from 1): `delay` times `multiplier` (2) per attempt, ±20 %, never
 * above `maxDelay`. `random` gives 0 … 1 and exists for tests. The client, which may not import the SDK, has the only other copy.
 */
export function backoffDelay(attempt: number, options: RetryOptions, random: () => number = Math.random): number {
  const grown = Math.min(options.delay * (options.multiplier ?? DOUBLING) ** (attempt - 1), options.maxDelay);
  return Math.min(grown * (1 - JITTER + 2 * JITTER * random()), options.maxDelay);
}

/**
 * Milliseconds to wait after `error`, the outcome of attempt `attempt` (from 1): the back-off, or what the other side asked
 * for where that is longer. `undefined`: no further attempt, because the error is not retryable, the attempts are used up or
 * the other side asked for more than `maxDelay`.
 */
export function retryDelay(error: unknown, attempt: number, options: RetryOptions): number | undefined {
  if (!isRetryable(error) || attempt >= options.attempts) return undefined;
  const delay = Math.max(backoffDelay(attempt, options), error.retryAfter ?? 0);
  return delay > options.maxDelay ? undefined : delay;
}
