import { setTimeout as sleep } from "node:timers/promises";

/** The longest wait that a timer of Node takes. */
const LONGEST = 2 ** 31 - 1;

/**
 * Resolves after so many milliseconds, at most 24 days, or at once when the signal is aborted. (The client, which shares no
 * package with the SDK, has its own.)
 */
export async function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted === true) return;
  try {
    await sleep(Math.min(milliseconds, LONGEST), undefined, signal === undefined ? {} : { signal });
  } catch {
    // The only reason to fail is the abort, which the caller sees at the signal.
  }
}
