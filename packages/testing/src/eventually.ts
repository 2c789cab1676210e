import { setTimeout as wait } from "node:timers/promises";

export interface EventuallyOptions {
  /** Milliseconds until it gives up; only a guard against waiting for ever. Default 30 000. */
  readonly timeout?: number;
  /** Milliseconds between two looks. Default 10. */
  readonly interval?: number;
  /** What is waited for, for the message when it never comes. */
  readonly what?: string;
}

/**
 * Looks again and again until `probe` gives something other than `undefined` and `false`, and resolves with that.
 * An exception of the probe counts as "not yet"; the last one becomes the cause when time runs out.
 */
export async function eventually<Result>(
  probe: () => Result | undefined | false | Promise<Result | undefined | false>,
  { timeout = 30_000, interval = 10, what = "the condition" }: EventuallyOptions = {},
): Promise<Result> {
  const end = performance.now() + timeout;
  let cause: unknown;
  while (performance.now() < end) {
    try {
      const result = await probe();
      if (result !== undefined && result !== false) return result;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    await wait(interval);
  }
  throw new Error(`${what} did not come about within ${timeout} ms`, { cause });
}
