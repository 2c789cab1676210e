import type { TaskSpec } from "../task/task-spec.ts";

/** Milliseconds after which a job gives up what a task would repeat without limit: an operator waits for its answer. */
export const JOB_TIME_LIMIT = 30_000;
/** Milliseconds between two attempts, at most. */
const MAX_BACKOFF = 5000;

/** The specification of a task for use in a job: every wait in it has a limit. */
export function withTimeLimits(spec: TaskSpec): TaskSpec {
  const { maxElapsed, maxBackoff } = spec.retry;
  return {
    ...spec,
    consumeTimeout: spec.consumeTimeout === 0 ? JOB_TIME_LIMIT : spec.consumeTimeout,
    retry: {
      ...spec.retry,
      maxElapsed: maxElapsed === 0 ? JOB_TIME_LIMIT : Math.min(maxElapsed, JOB_TIME_LIMIT),
      maxBackoff: Math.min(maxBackoff, MAX_BACKOFF),
    },
  };
}
