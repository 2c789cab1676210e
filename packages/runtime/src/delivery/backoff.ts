import { setTimeout as sleep } from "node:timers/promises";
import type { RetrySpec } from "../task/protocol.ts";

/** Milliseconds before attempt `attempts + 1`: exponential, capped, then spread by ± jitter so that tasks do not march in step. */
export function backoffDelay(retry: RetrySpec, attempts: number, random: () => number = Math.random): number {
  const exponent = Math.min(attempts - 1, 64);
  const delay = Math.min(retry.maxBackoff, retry.initialBackoff * retry.backoffMultiplier ** exponent);
  return Math.max(0, Math.round(delay * (1 + retry.jitter * (2 * random() - 1))));
}

/** Waits; returns early, without an error, once one of the signals is aborted. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  try {
    await sleep(milliseconds, undefined, { signal });
  } catch {
    // The only reason to fail is the abort, which the caller sees at the signal.
  }
}

/** Resolves when the signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

/** Waits for `work`, but no longer than until the signal is aborted; says whether the work ended. */
export async function endsBefore(work: Promise<unknown>, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return false;
  let give: (() => void) | undefined;
  const given = new Promise<boolean>((resolve) => {
    give = () => resolve(false);
    signal.addEventListener("abort", give, { once: true });
  });
  const done = work.then(
    () => true,
    () => true,
  );
  const ended = await Promise.race([done, given]);
  if (give !== undefined) signal.removeEventListener("abort", give);
  return ended;
}
