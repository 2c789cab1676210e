import type { RetrySpec } from "../../shared/task/task-spec.ts";

export { aborted, endsBefore, pause } from "@iggy-connectors/client";

/** Milliseconds before attempt `attempts + 1`: exponential, capped, then spread by ± jitter so that tasks do not march in step. */
export function backoffDelay(retry: RetrySpec, attempts: number, random: () => number = Math.random): number {
  const exponent = Math.min(attempts - 1, 64);
  const delay = Math.min(retry.maxBackoff, retry.initialBackoff * retry.backoffMultiplier ** exponent);
  return Math.max(0, Math.round(delay * (1 + retry.jitter * (2 * random() - 1))));
}
