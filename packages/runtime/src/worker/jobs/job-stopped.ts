import type { Task } from "../task/task.ts";

/** The error of a job whose task was stopped before it had an answer: what stopped the task, where something did. */
export function jobStopped({ lifetime }: Task): unknown {
  return lifetime.failure?.error ?? new Error("the job was stopped");
}
