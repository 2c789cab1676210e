import type { TaskSpec } from "../task/protocol.ts";

/** Milliseconds after which a job gives up on what a task would repeat for ever: somebody waits for its answer. */
export const PATIENCE = 30_000;
/** Milliseconds between two attempts at most. */
const LONGEST_PAUSE = 5000;

/** The spec of a task as it suits a job: every wait in it has an end. */
export function impatient(spec: TaskSpec): TaskSpec {
  const { maxElapsed, maxBackoff } = spec.retry;
  return {
    ...spec,
    consumeTimeout: spec.consumeTimeout === 0 ? PATIENCE : spec.consumeTimeout,
    retry: {
      ...spec.retry,
      maxElapsed: maxElapsed === 0 ? PATIENCE : Math.min(maxElapsed, PATIENCE),
      maxBackoff: Math.min(maxBackoff, LONGEST_PAUSE),
    },
  };
}
