import { isFatal } from "@iggy-connectors/sdk";
import { describeError } from "../../shared/errors.ts";
import type { RetrySpec } from "../../shared/task/task-spec.ts";
import { backoffDelay, pause } from "./backoff.ts";
import type { Task } from "./task.ts";

/** What of a task a repeated piece of work reports to. */
export type RetryingTask = Pick<Task, "spec" | "health" | "counters" | "logger">;

/** How a repeated piece of work is named, reported and ended. */
export interface RetryOptions {
  /** Names it in the task's state; also the log line's `place` unless `fields` say where. */
  readonly place: string;
  /** What the log says before the error's message, such as "the topic cannot be used yet"; absent: the message alone. */
  readonly failure?: string;
  /** Aborted: no further attempt. */
  readonly signal: AbortSignal;
  /** The first attempt is made also when the signal is aborted already: something in progress may still end. Default false. */
  readonly tryAtLeastOnce?: boolean;
  /** The task's state meanwhile. Default `retrying`; `blocked` is logged as an error. */
  readonly state?: "retrying" | "blocked";
  readonly fields?: Readonly<Record<string, unknown>>;
  /** Whether no attempt can cure this error, which is then thrown. Default: a fatal error. */
  readonly isFinal?: (error: unknown) => boolean;
  /** Before the pause after a failed attempt. */
  readonly onFailure?: (error: unknown, attempts: number) => void;
}

/** The signal was aborted before any attempt succeeded. */
export const CANCELLED: unique symbol = Symbol("cancelled");

/**
 * Invariant 5: repeats `work` with capped exponential back-off and jitter until it succeeds, and says so in the task's state,
 * counters and log meanwhile. Throws what `isFinal` names.
 */
export async function retry<Result>(
  task: RetryingTask,
  options: RetryOptions,
  work: (attempt: number) => Promise<Result>,
): Promise<Result | typeof CANCELLED> {
  const { place, signal, tryAtLeastOnce = false, isFinal = isFatal } = options;
  for (let attempts = 1; !signal.aborted || (tryAtLeastOnce && attempts === 1); attempts++) {
    try {
      const result = await work(attempts);
      task.health.resolved(place);
      return result;
    } catch (error) {
      if (isFinal(error)) throw error;
      if (signal.aborted) break;
      await backOff(task, options, error, attempts);
    }
  }
  return CANCELLED;
}

/** Reports one failed attempt of something that is repeated. Resolves when the next attempt is due or the signal is aborted. */
export async function backOff(
  task: RetryingTask,
  options: Omit<RetryOptions, "isFinal" | "tryAtLeastOnce">,
  error: unknown,
  attempts: number,
): Promise<void> {
  await pause(reportFailure(task, options, error, attempts), options.signal);
}

/** Counts, logs and shows in the task's state a failed attempt of something that is repeated; milliseconds until the next attempt. */
export function reportFailure(
  task: RetryingTask,
  options: Omit<RetryOptions, "isFinal" | "tryAtLeastOnce" | "signal">,
  error: unknown,
  attempts: number,
): number {
  const { place, failure, state = "retrying", fields = { place }, onFailure } = options;
  const delay = backoffDelay(task.spec.retry, attempts);
  logAttempt(task, { level: state === "blocked" ? "error" : "warn", failure, fields }, error, attempts);
  task.health.failing(place, state, error, attempts, delay);
  onFailure?.(error, attempts);
  return delay;
}

/** Counts and logs a failed attempt. */
export function logAttempt(
  { counters, logger }: Pick<RetryingTask, "counters" | "logger">,
  line: {
    readonly level: "warn" | "error";
    readonly failure: string | undefined;
    readonly fields: Readonly<Record<string, unknown>>;
  },
  error: unknown,
  attempts: number,
): void {
  const { level, failure, fields } = line;
  const { message } = describeError(error);
  counters.errors += 1;
  logger[level](failure === undefined ? message : `${failure}: ${message}`, { ...fields, attempts });
}

/** Whether `retry.max_attempts` or `retry.max_elapsed` is reached; `elapsed` in milliseconds since the first attempt began. */
export function isExhausted({ maxAttempts, maxElapsed }: RetrySpec, attempts: number, elapsed: number): boolean {
  return (maxAttempts > 0 && attempts >= maxAttempts) || (maxElapsed > 0 && elapsed >= maxElapsed);
}
