import { backoff, pause } from "@iggy-connectors/client";
import { isFatal } from "@iggy-connectors/sdk";
import { classifyError } from "@iggy-connectors/sdk/internal";
import { describeError } from "../../shared/errors.ts";
import type { RetrySpec } from "../../shared/task/task-spec.ts";
import type { Stage } from "../../shared/task/task-status.ts";
import type { Task } from "./task.ts";

/** What of a task a repeated piece of work reports to. */
export type RetryingTask = Pick<Task, "spec" | "health" | "counters" | "measured" | "logger">;

/** How one failed attempt of something that is repeated is reported, and how long the next one waits. */
export interface BackOffOptions {
  /** Names it in the task's state, and in the log unless `fields` do. Absent: the task's state says nothing of it. */
  readonly place?: string;
  /** What the log says before the error's message, such as "the topic cannot be used yet"; absent: the message alone. */
  readonly failure?: string;
  /**
   * Instead of `failure`, where a plugin's method is called: its name. An error that is not classified is logged as an error,
   * the code is among the fields, and `retryAfter` of the error holds.
   */
  readonly method?: string;
  /** Aborted: the wait for the next attempt is over. */
  readonly signal: AbortSignal;
  /** The task's state meanwhile. Default `retrying`. */
  readonly state?: "retrying" | "blocked";
  /** Default `warn`, or `error` where the state is `blocked` or a plugin threw what is not classified. */
  readonly level?: "debug" | "warn" | "error";
  readonly fields?: Readonly<Record<string, unknown>>;
  /** The stage under which the metrics count the attempt as repeated; absent: it is counted as an error only. */
  readonly stage?: Stage | "iggy_poll";
}

/** How a repeated piece of work is reported and ended. */
export interface RetryOptions extends BackOffOptions {
  /** Aborted: no further attempt. */
  readonly signal: AbortSignal;
  /** The first attempt is made also when the signal is aborted already: something in progress may still end. Default false. */
  readonly tryAtLeastOnce?: boolean;
  /** Whether no attempt can cure this error, which is then thrown. Default: a fatal error. */
  readonly isFinal?: (error: unknown) => boolean;
  /** Before the wait after a failed attempt. */
  readonly onFailure?: (error: unknown, attempts: number) => void;
}

/** The signal was aborted before an attempt succeeded. */
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
  const { place, signal, tryAtLeastOnce = false, isFinal = isFatal, onFailure } = options;
  for (let attempts = 1; !signal.aborted || (tryAtLeastOnce && attempts === 1); attempts++) {
    try {
      const result = await work(attempts);
      if (place !== undefined) task.health.resolved(place);
      return result;
    } catch (error) {
      if (isFinal(error)) throw error;
      if (signal.aborted) break;
      onFailure?.(error, attempts);
      await backOff(task, options, error, attempts);
    }
  }
  return CANCELLED;
}

/** Reports one failed attempt of something that is repeated. Resolves when the next attempt is due or the signal is aborted. */
export async function backOff(
  task: RetryingTask,
  options: BackOffOptions,
  error: unknown,
  attempts: number,
): Promise<void> {
  await pause(reportFailure(task, options, error, attempts), options.signal);
}

/** Reports one failed attempt of something that is repeated; returns the milliseconds until the next one is due. */
export function reportFailure(
  task: RetryingTask,
  options: Omit<BackOffOptions, "signal">,
  error: unknown,
  attempts: number,
): number {
  const { spec, counters, measured, health } = task;
  const { place, method, state = "retrying", stage } = options;
  const { code } = method === undefined ? describeError(error) : classifyError(error);
  logAttempt(task, lineOf(options, error), error, attempts);
  if (stage !== undefined) {
    counters.retries += 1;
    measured.retried(stage, code);
  }
  const delay = method === undefined ? backoff(spec.retry, attempts) : delayAfterCall(spec.retry, error, attempts);
  if (place !== undefined) health.failing(place, state, error, attempts, delay);
  return delay;
}

/** A log line about a failed attempt. */
interface AttemptLine {
  readonly level: "debug" | "warn" | "error";
  /** What it says before the error's message; undefined: the message alone. */
  readonly failure: string | undefined;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Counts and logs a failed attempt. */
function logAttempt(
  { counters, logger }: Pick<RetryingTask, "counters" | "logger">,
  { level, failure, fields }: AttemptLine,
  error: unknown,
  attempts: number,
): void {
  const { message } = describeError(error);
  counters.errors += 1;
  logger[level](failure === undefined ? message : `${failure}: ${message}`, { ...fields, attempts });
}

/** Whether `retry.max_attempts` or `retry.max_elapsed` is reached; `elapsed` in milliseconds since the first attempt began. */
export function isExhausted({ maxAttempts, maxElapsed }: RetrySpec, attempts: number, elapsed: number): boolean {
  return (maxAttempts > 0 && attempts >= maxAttempts) || (maxElapsed > 0 && elapsed >= maxElapsed);
}

/** Milliseconds after a failed call of a plugin, whose error may say how long its destination wants to be left alone. */
function delayAfterCall(retrySpec: RetrySpec, error: unknown, attempts: number): number {
  const { retryAfter } = classifyError(error);
  return retryAfter === undefined ? backoff(retrySpec, attempts) : Math.max(retryAfter, retrySpec.initialBackoff);
}

/** The log line about a failed call of a plugin's method. */
function callLine(
  method: string,
  error: unknown,
  fields: AttemptLine["fields"],
  level: AttemptLine["level"] | undefined,
): AttemptLine {
  const { kind, code } = classifyError(error);
  const bug = kind === "bug";
  return {
    level: level ?? (bug ? "error" : "warn"),
    failure: bug ? `${method} threw an unclassified error` : `${method} failed`,
    fields: { code, ...fields },
  };
}

function lineOf(options: Omit<BackOffOptions, "signal">, error: unknown): AttemptLine {
  const { place, failure, method, state } = options;
  const { level = state === "blocked" ? "error" : "warn", fields = place === undefined ? {} : { place } } = options;
  return method === undefined ? { level, failure, fields } : callLine(method, error, fields, options.level);
}
