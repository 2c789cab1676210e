import { setTimeout as sleep } from "node:timers/promises";

/** Waits for work, at most `time` milliseconds; false: it goes on. Rejects as the work does. */
export async function within(work: Promise<unknown>, time: number): Promise<boolean> {
  const over = new AbortController();
  const late = sleep(time, false, { ref: false, signal: over.signal }).catch(() => false);
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    over.abort();
  }
}
