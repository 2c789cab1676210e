import type { ConnectorStatus, TaskState } from "../../../shared/task/states.ts";
import type { PluginDescription } from "../../../shared/task/task-messages.ts";
import type { ConnectorType } from "../../../shared/task/task-spec.ts";
import type { PartitionStatus, TaskError, TaskStatus } from "../../../shared/task/task-status.ts";
import type { ValidDefinition } from "../../config/connector-files/definition.ts";
import type { Isolation } from "../placements/placement.ts";
import type { QuarantineState } from "../run/quarantine.ts";
import type { Totals } from "../run/totals.ts";
import type { DesiredState } from "./desired-states.ts";

/** The current status of one task of a connector. */
export interface TaskSnapshot {
  readonly task: number;
  readonly state: TaskState;
  /** Milliseconds since the Unix epoch. */
  readonly since: number;
  readonly lastError: TaskError | undefined;
  readonly messagesInFlight: number;
  readonly bytesInFlight: number;
  readonly heapBytes: number;
  readonly eventLoopUtilization: number;
  /** Where it runs now, and why. */
  readonly placement: Isolation;
  readonly placementReason: string;
  /** Why it does not run in the pool where it belongs; undefined: it does. */
  readonly quarantine: QuarantineState | undefined;
  /** How often its worker was restarted. */
  readonly restarts: number;
}

/** A version that should run and does not: another one keeps running. */
export interface RejectedVersion {
  readonly version: number | undefined;
  readonly error: TaskError;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
}

/** The current status of a connector: the sum of its tasks. Times are milliseconds since the Unix epoch. */
export interface ConnectorSnapshot extends Totals {
  readonly type: ConnectorType;
  readonly key: string;
  readonly name: string;
  /** Changes with every start. */
  readonly id: number;
  /** Resolved; as configured where it could not be resolved. */
  readonly path: string;
  readonly enabled: boolean;
  readonly state: TaskState;
  /** The original's word for the state. */
  readonly status: ConnectorStatus;
  readonly since: number;
  readonly lastError: TaskError | undefined;
  readonly retry: TaskStatus["retry"];
  readonly lastSuccessAt: number | undefined;
  /** When its counters were 0; they survive its restarts, not those of the process. */
  readonly countingSince: number;
  /** Messages that ended per second, in the last minute; undefined: not known yet. */
  readonly rate: number | undefined;
  /** The guarantee in force; undefined until a worker has loaded the plugin. */
  readonly delivery: TaskStatus["delivery"];
  /** Messages behind the end of the topics, over all partitions. */
  readonly lag: number;
  readonly partitions: readonly PartitionStatus[];
  readonly messagesInFlight: number;
  readonly bytesInFlight: number;
  readonly tasks: readonly TaskSnapshot[];
  readonly restarts: ReadonlyMap<string, number>;
  /** Times that a task was quarantined, by what it did to a shared worker. */
  readonly quarantines: ReadonlyMap<string, number>;
  /** Known once a worker has imported the plugin. */
  readonly plugin: PluginDescription | undefined;
  /** `undefined`: its file could not be used. */
  readonly connector: ValidDefinition | undefined;
  /** The current one. */
  readonly version: number | undefined;
  readonly desired: DesiredState;
  readonly rejected: RejectedVersion | undefined;
}
