/** How long to wait before trying again. All times are milliseconds. */
export interface BackoffPolicy {
  readonly initialBackoff: number;
  readonly maxBackoff: number;
  /** 0 … 1: the wait is spread by this part of it to both sides. */
  readonly jitter: number;
}

/** The wait before attempt `attempt` (1, 2, …): doubling, capped, spread; `random` gives 0 … 1. */
export function backoff(policy: BackoffPolicy, attempt: number, random: () => number = Math.random): number {
  const doubled = policy.initialBackoff * 2 ** Math.min(attempt - 1, 30);
  const capped = Math.min(doubled, policy.maxBackoff);
  return capped * (1 + policy.jitter * (2 * random() - 1));
}
