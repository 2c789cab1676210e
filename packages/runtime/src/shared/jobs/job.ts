import type { DeadLetterRecord } from "../dead-letter/dead-letter-record.ts";
import type { TaskLogLine } from "../task/task-messages.ts";
import type { ConnectorType, TaskSpec } from "../task/task-spec.ts";
import type { TaskError } from "../task/task-status.ts";
import type { DryRunOrder, DryRunResult } from "./dry-run.ts";

/** Work that an operator requests of a connector besides its tasks, done in a separate worker with the plugin's code. */
export type JobRequest =
  /** Delivers dead letters again, some per call. */
  | { readonly kind: "redeliver"; readonly spec: TaskSpec }
  /** Sets where a sink continues; one call. No task of the connector may run meanwhile. */
  | { readonly kind: "set_offsets"; readonly spec: TaskSpec }
  /** Shows what would become of messages; one call. Nothing is delivered, sent or stored. */
  | { readonly kind: "dry_run"; readonly spec: TaskSpec };

/** Argument and answer of a job's calls, structured-cloneable. */
export interface JobCalls {
  readonly redeliver: { readonly argument: readonly DeadLetterRecord[]; readonly answer: readonly FailedRedelivery[] };
  readonly set_offsets: { readonly argument: readonly PartitionStart[]; readonly answer: undefined };
  readonly dry_run: { readonly argument: DryRunOrder; readonly answer: DryRunResult };
}

export type JobKind = keyof JobCalls;

/** A dead letter that could not be delivered again. */
export interface FailedRedelivery {
  readonly id: bigint;
  readonly error: TaskError;
}

/** Where a consumer group continues in a partition: the offset of the next message. */
export interface PartitionStart {
  readonly stream: string;
  readonly topic: string;
  readonly group: string;
  readonly partition: number;
  readonly next: bigint;
}

/** Worker → control plane. */
export type JobEvent =
  | { readonly type: "answer"; readonly answer: unknown }
  | { readonly type: "failed"; readonly error: TaskError }
  | { readonly type: "logs"; readonly lines: readonly TaskLogLine[] }
  /** Sent every `ALIVE_INTERVAL`, unless something blocks the worker. */
  | { readonly type: "alive" };

/** Control plane → worker. The answer of one call comes before the next call. */
export type JobCommand = { readonly type: "call"; readonly argument: unknown } | { readonly type: "end" };

/** Work that is open in a worker. */
export interface OpenJob<Kind extends JobKind> {
  call(argument: JobCalls[Kind]["argument"]): Promise<JobCalls[Kind]["answer"]>;
  close(): Promise<void>;
}

/** Milliseconds. */
export const ALIVE_INTERVAL = 1000;

export function jobName({ kind, spec }: JobRequest): string {
  return `${kind} ${spec.type satisfies ConnectorType} ${spec.key}`;
}
