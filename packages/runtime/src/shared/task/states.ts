/** The five words of the original's `status`. */
export const CONNECTOR_STATUSES = ["starting", "running", "stopping", "stopped", "error"] as const;

export type ConnectorStatus = (typeof CONNECTOR_STATUSES)[number];

/**
 * Every state of a connector task: `status`, what the original's field of that name says in it, and `next`, the states that
 * may follow. `starting` follows wherever a worker is started again.
 */
export const STATES = {
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
} as const satisfies Readonly<Record<string, { readonly status: ConnectorStatus; readonly next: readonly string[] }>>;

export type TaskState = keyof typeof STATES;

/** The states of an active task, which are also those of a partition of a sink. */
const ACTIVE_STATES = ["running", "retrying", "blocked"] as const satisfies readonly TaskState[];

export type ActiveState = (typeof ACTIVE_STATES)[number];

/** The states of a partition of a sink; `unassigned`: no task of this runtime reads it. */
export const PARTITION_STATES = [...ACTIVE_STATES, "unassigned"] as const;

export type PartitionState = (typeof PARTITION_STATES)[number];

export const TASK_STATES = Object.keys(STATES) as readonly TaskState[];

export function isActive(state: TaskState): state is ActiveState {
  return (ACTIVE_STATES as readonly TaskState[]).includes(state);
}

export function mayFollow(from: TaskState, to: TaskState): boolean {
  return (STATES[from].next as readonly TaskState[]).includes(to);
}

/** The original's word for a state, for its `status` field. */
export function statusOf(state: TaskState): ConnectorStatus {
  return STATES[state].status;
}
