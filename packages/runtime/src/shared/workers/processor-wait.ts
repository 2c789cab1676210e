import { readFileSync, readlinkSync } from "node:fs";

/** The system's number of this thread; 0 where the system has none to tell (only Linux does). */
export function systemThread(): number {
  try {
    return Number(readlinkSync("/proc/thread-self").split("/").at(-1));
  } catch {
    return 0;
  }
}

/**
 * Milliseconds for which a thread of this process was ready to run and had no processor, since it began; 0 where the system
 * does not say.
 */
export function processorWait(thread: number): number {
  try {
    // Nanoseconds on a processor, nanoseconds in its queue, turns.
    return Number(readFileSync(`/proc/self/task/${thread}/schedstat`, "utf8").split(" ")[1]) / 1e6 || 0;
  } catch {
    return 0;
  }
}
