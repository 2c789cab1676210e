/** How long to wait before the next attempt. All times are milliseconds. */
export interface BackoffPolicy {
  readonly initialBackoff: number;
  readonly maxBackoff: number;
  /** By how much the wait grows with each attempt; default 2. */
  readonly backoffMultiplier?: number;
  /** 0 … 1: the wait is spread by this part of it to both sides, so that clients do not retry in step. */
  readonly jitter: number;
}

/**
 * Whole milliseconds to wait after failed attempt `attempt` (1, 2, …): exponential, capped, then spread; `random` gives 0 … 1.
 * The SDK, which may not import this package, has the only other copy, for connectors.
 */
export function backoff(policy: BackoffPolicy, attempt: number, random: () => number = Math.random): number {
  const { initialBackoff, maxBackoff, backoffMultiplier = 2, jitter } = policy;
  const grown = Math.min(maxBackoff, initialBackoff * backoffMultiplier ** Math.min(attempt - 1, 64));
  return Math.round(grown * (1 + jitter * (2 * random() - 1)));
}
