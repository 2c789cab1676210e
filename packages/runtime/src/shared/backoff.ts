/** The waits of an exponential back-off, in milliseconds. */
export interface Backoff {
  readonly initialBackoff: number;
  readonly maxBackoff: number;
  /** Default 2. */
  readonly backoffMultiplier?: number;
}

/** Beyond it every wait has reached its maximum, and the power would become infinite. */
const MAX_EXPONENT = 64;

/** Milliseconds to wait after `attempts` failed attempts (1 is the first), without jitter. */
export function exponentialDelay(
  { initialBackoff, maxBackoff, backoffMultiplier = 2 }: Backoff,
  attempts: number,
): number {
  return Math.min(maxBackoff, initialBackoff * backoffMultiplier ** Math.min(attempts - 1, MAX_EXPONENT));
}
