import { weakestDelivery } from "../../../shared/task/delivery.ts";
import type { TaskState } from "../../../shared/task/states.ts";
import type { PartitionStatus, TaskError, TaskStatus } from "../../../shared/task/task-status.ts";
import { addTotals, NO_TOTALS, type Totals } from "./totals.ts";

/** The status of a connector, merged from its tasks. */
export interface MergedStatus extends Totals {
  readonly state: TaskState;
  readonly since: number;
  readonly lastError: TaskError | undefined;
  readonly retry: TaskStatus["retry"];
  readonly lastSuccessAt: number | undefined;
  readonly delivery: TaskStatus["delivery"];
  readonly lag: number;
  readonly partitions: readonly PartitionStatus[];
  readonly messagesInFlight: number;
  readonly bytesInFlight: number;
}

/** The first of these states that any task is in is the connector's: failing before healthy, active before at rest. */
const PRECEDENCE: readonly TaskState[] = [
  "failed",
  "blocked",
  "retrying",
  "stopping",
  "starting",
  "running",
  "standby",
  "paused",
  "completed",
  "stopped",
];

/** States in which an error is history. */
const HEALTHY: ReadonlySet<TaskState> = new Set(["running", "stopped", "completed"]);

/** The status of a connector without tasks, except its state. */
export const NOTHING_RUNS: Omit<MergedStatus, "state" | "since"> = {
  ...NO_TOTALS,
  lastError: undefined,
  retry: undefined,
  lastSuccessAt: undefined,
  delivery: undefined,
  lag: 0,
  partitions: [],
  messagesInFlight: 0,
  bytesInFlight: 0,
};

export function mergeTasks(tasks: readonly TaskStatus[]): MergedStatus {
  const state = PRECEDENCE.find((candidate) => tasks.some((task) => task.state === candidate)) ?? "stopped";
  const deciding = tasks.filter((task) => task.state === state);
  const errors = tasks.flatMap(({ lastError }) => lastError ?? []).sort((a, b) => b.timestamp - a.timestamp);
  const retries = deciding.flatMap(({ retry }) => retry ?? []).sort((a, b) => a.nextAttemptAt - b.nextAttemptAt);
  const successes = tasks.flatMap(({ lastSuccessAt }) => lastSuccessAt ?? []);
  const partitions = tasks.flatMap((task) => task.partitions);
  return {
    ...tasks.reduce<Totals>(addTotals, NO_TOTALS),
    state,
    since: Math.min(...deciding.map(({ since }) => since)),
    lastError: HEALTHY.has(state) ? undefined : errors[0],
    retry: retries[0],
    lastSuccessAt: successes.length === 0 ? undefined : Math.max(...successes),
    delivery: weakestDelivery(tasks.map(({ delivery }) => delivery)),
    lag: partitions.reduce((sum, { lag }) => sum + lag, 0),
    partitions,
    messagesInFlight: tasks.reduce((sum, task) => sum + task.messagesInFlight, 0),
    bytesInFlight: tasks.reduce((sum, task) => sum + task.bytesInFlight, 0),
  };
}
