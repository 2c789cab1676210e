import { NO_TOTALS } from "../src/control/supervisor/run/totals.ts";
import type { TaskState } from "../src/shared/task/states.ts";
import type { TaskStatus } from "../src/shared/task/task-status.ts";

/** The status of a task that has done nothing yet, with the changes of a test. */
export function taskStatus(state: TaskState, changes: Partial<TaskStatus> = {}): TaskStatus {
  return {
    state,
    since: Date.now(),
    lastError: undefined,
    retry: undefined,
    lastSuccessAt: undefined,
    delivery: undefined,
    ...NO_TOTALS,
    partitions: [],
    messagesInFlight: 0,
    bytesInFlight: 0,
    heapBytes: 0,
    eventLoopUtilization: 0,
    ...changes,
  };
}
