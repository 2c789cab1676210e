import { backoff, pause } from "@iggy-connectors/client";
import { ProtocolError } from "@iggy-connectors/protocol";
import { type ConsumeResult, classifyError, type RejectedMessage, type Sink } from "@iggy-connectors/sdk";
import { HungPluginError } from "../plugin/hung-plugin-error.ts";
import { callPlugin } from "../plugin/plugin-call.ts";
import type { Task } from "../task/task.ts";

/** How a piece of work for the plugin came out. */
export type Outcome =
  | { readonly kind: "done"; readonly rejected: readonly RejectedMessage[]; readonly attempts: number }
  /** The plugin refuses it as a whole: the same will never work. */
  | { readonly kind: "refused"; readonly error: unknown; readonly attempts: number }
  /** `max_attempts` or `max_elapsed` is reached. */
  | { readonly kind: "exhausted"; readonly error: unknown; readonly attempts: number }
  /** Not wanted any more, or the task fails. Nothing of it may count as ended. */
  | { readonly kind: "abandoned" };

export interface Work {
  /** What is called, for errors. */
  readonly what: string;
  /** Where, for the state of the task. */
  readonly place: string;
  /** Milliseconds; 0 = none. */
  readonly timeout: number;
  /** Aborted: no further attempt. */
  readonly closing: AbortSignal;
  /** Aborted: the attempt in progress is not wanted any more. */
  readonly cut: AbortSignal;
  /** Around the wait between two attempts (which a signal may cut short), so that others get their turn; false: the turn did not come back. */
  readonly yield?: (wait: (hurry?: AbortSignal) => Promise<void>) => Promise<boolean>;
  call(attempt: number, signal: AbortSignal): ReturnType<Sink["consume"]>;
}

/**
 * Invariant 5: repeats a plugin's call with capped exponential back-off and jitter until it works, its limit is reached, or
 * it is not wanted any more, and lets the state say so. A fatal error ends the task.
 * @throws HungPluginError when the plugin ignored its abort signal.
 */
export async function attempt(task: Task, work: Work): Promise<Outcome> {
  const { retry } = task.spec;
  const began = performance.now();
  for (let attempts = 1; ; attempts++) {
    let error: unknown;
    try {
      const result = await callPlugin((signal) => work.call(attempts, signal) as Promise<ConsumeResult | undefined>, {
        what: work.what,
        timeout: work.timeout,
        cancel: work.cut,
        onTimeout: (late) => task.health.failing(work.place, "retrying", late, attempts, 0),
      });
      task.health.resolved(work.place);
      task.health.succeeded();
      return { kind: "done", rejected: result?.rejected ?? [], attempts };
    } catch (thrown) {
      if (thrown instanceof HungPluginError) throw thrown;
      error = thrown;
    }
    if (work.cut.aborted) return { kind: "abandoned" };
    const classified = classifyError(error);
    if (classified.kind === "fatal") {
      task.lifetime.fail(error);
      return { kind: "abandoned" };
    }
    task.counters.errors += 1;
    task.changed();
    if (classified.kind === "rejected" || error instanceof ProtocolError) {
      task.health.resolved(work.place);
      return { kind: "refused", error, attempts };
    }
    const bug = classified.kind === "bug";
    const fields = { code: classified.code, place: work.place, attempts };
    if (bug) task.logger.error(`${work.what} threw an error of no known kind: ${classified.message}`, fields);
    else task.logger.warn(`${work.what} failed: ${classified.message}`, fields);
    if (work.closing.aborted) return { kind: "abandoned" };
    const elapsed = performance.now() - began;
    if (
      (retry.maxAttempts > 0 && attempts >= retry.maxAttempts) ||
      (retry.maxElapsed > 0 && elapsed >= retry.maxElapsed)
    ) {
      task.health.resolved(work.place);
      return { kind: "exhausted", error, attempts };
    }
    const delay =
      classified.retryAfter === undefined
        ? backoff(retry, attempts)
        : Math.max(classified.retryAfter, retry.initialBackoff);
    task.counters.retries += 1;
    task.measured.retried("ffi", classified.code);
    task.health.failing(work.place, "retrying", error, attempts, delay);
    const wait = (hurry?: AbortSignal): Promise<void> =>
      pause(delay, hurry === undefined ? work.closing : AbortSignal.any([work.closing, hurry]));
    let mayGoOn = true;
    if (work.yield === undefined) await wait();
    else mayGoOn = await work.yield(wait);
    if (!mayGoOn || work.closing.aborted || work.cut.aborted) return { kind: "abandoned" };
  }
}
