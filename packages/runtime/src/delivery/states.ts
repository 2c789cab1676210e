import type { TaskState } from "../task/protocol.ts";

/** The five words of the original's `status`. */
export type ConnectorStatus = "starting" | "running" | "stopping" | "stopped" | "error";

interface StateRule {
  /** What the original's `status` field says in this state. */
  readonly status: ConnectorStatus;
  /** The states that may follow. `starting` follows wherever a worker is started again. */
  readonly next: readonly TaskState[];
}

/** Every state of a connector task, what the original calls it, and what may follow. */
export const STATES: Readonly<Record<TaskState, StateRule>> = {
  starting: { status: "starting", next: ["running", "retrying", "blocked", "standby", "stopping", "failed"] },
  running: { status: "running", next: ["retrying", "blocked", "completed", "stopping", "failed", "starting"] },
  retrying: { status: "error", next: ["running", "blocked", "completed", "stopping", "failed", "starting"] },
  blocked: { status: "error", next: ["running", "retrying", "completed", "stopping", "failed", "starting"] },
  standby: { status: "starting", next: ["starting", "stopping", "failed"] },
  stopping: { status: "stopping", next: ["stopped", "paused", "completed", "failed"] },
  paused: { status: "stopped", next: ["starting", "stopped"] },
  stopped: { status: "stopped", next: ["starting", "paused"] },
  completed: { status: "stopped", next: ["starting", "stopped", "paused"] },
  failed: { status: "error", next: ["starting", "stopped", "paused"] },
};

export function mayFollow(from: TaskState, to: TaskState): boolean {
  return STATES[from].next.includes(to);
}

/** The original's word for a state, for its `status` field. */
export function statusOf(state: TaskState): ConnectorStatus {
  return STATES[state].status;
}
