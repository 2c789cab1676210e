import { pause } from "./pause.ts";

export interface RetryNotice {
  /** The attempt that failed, from 1. */
  readonly attempt: number;
  /** Milliseconds until the next one. */
  readonly delay: number;
  readonly error: unknown;
}

export interface RetryLoop {
  /** Milliseconds until the next attempt; `undefined`: the error is thrown. `retryDelay` is the usual answer. */
  delayAfter(error: unknown, attempt: number): number | undefined;
  /** Called before each pause, for logs. */
  readonly onRetry?: (notice: RetryNotice) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Repeats `work` inside one call of a plugin, until it succeeds or `delayAfter` says that it is over.
 * @throws the last error of `work`, or the signal's reason when it is aborted before an attempt or during a pause.
 */
export async function retry<Result>(work: (attempt: number) => Promise<Result>, loop: RetryLoop): Promise<Result> {
  const { signal } = loop;
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted();
    try {
      return await work(attempt);
    } catch (error) {
      const delay = loop.delayAfter(error, attempt);
      if (delay === undefined) throw error;
      loop.onRetry?.({ attempt, delay, error });
      await pause(delay, signal);
    }
  }
}
