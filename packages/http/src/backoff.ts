import type { RetryOptions } from "./options.ts";

const JITTER = 0.2;
const DOUBLING = 2;

/**
 * Milliseconds to wait after failed attempt `attempt` (from 1): `delay` times `multiplier` (2) per attempt, ±20 %, never
 * above `maxDelay`. `random` gives 0 … 1 and exists for tests.
 */
export function backoffDelay(attempt: number, retry: RetryOptions, random: () => number = Math.random): number {
  const grown = Math.min(retry.delay * (retry.multiplier ?? DOUBLING) ** (attempt - 1), retry.maxDelay);
  return Math.min(grown * (1 - JITTER + 2 * JITTER * random()), retry.maxDelay);
}
