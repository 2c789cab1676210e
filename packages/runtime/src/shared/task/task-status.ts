import type { TaskCounters } from "./counters.ts";
import type { DeliveryInForce } from "./delivery.ts";
import type { HistogramSnapshot } from "./histogram.ts";
import type { FailureCount, LabelledCount } from "./labelled-counts.ts";
import type { PartitionState, TaskState } from "./states.ts";

/** An error as it is sent to another thread, without a stack. */
export interface TaskError {
  readonly code: string;
  readonly message: string;
  readonly place?: string;
  readonly fix?: string;
  /** Microseconds since the Unix epoch. */
  readonly timestamp: number;
}

/** The parts of the work on a batch whose time is measured, in order; `ffi` is the call of the plugin. */
export const STAGES = ["decode", "prepare", "ffi", "iggy_send", "state_save", "total"] as const;

export type Stage = (typeof STAGES)[number];

/** Upper bounds in seconds. */
export const STAGE_BUCKETS = [
  0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 5,
] as const;

/** What is measured per message or batch beside the stages. */
export type Distribution = "end_to_end_seconds" | "batch_messages" | "batch_bytes";

/** Upper bounds of each distribution. */
export const DISTRIBUTION_BUCKETS: Readonly<Record<Distribution, readonly number[]>> = {
  end_to_end_seconds: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
  batch_messages: [1, 10, 100, 500, 1000, 2500, 5000, 10_000, 50_000],
  batch_bytes: [1024, 16_384, 131_072, 1_048_576, 4_194_304, 16_777_216, 67_108_864],
};

export interface PartitionStatus {
  readonly stream: string;
  readonly topic: string;
  readonly partition: number;
  /** Decimal text; undefined when nothing is stored. */
  readonly storedOffset: string | undefined;
  readonly endOffset: string | undefined;
  readonly lag: number;
  /** Broker time of the oldest message that is open or not consumed, milliseconds since the Unix epoch; undefined: none is known. */
  readonly oldestOpenAt: number | undefined;
  readonly inFlight: number;
  readonly state: PartitionState;
}

export interface TaskStatus {
  readonly state: TaskState;
  /** Milliseconds since the Unix epoch. */
  readonly since: number;
  readonly lastError: TaskError | undefined;
  readonly retry: { readonly attempts: number; readonly since: number; readonly nextAttemptAt: number } | undefined;
  readonly lastSuccessAt: number | undefined;
  /** Undefined until the plugin is loaded. */
  readonly delivery: DeliveryInForce | undefined;
  readonly counters: Readonly<TaskCounters>;
  readonly stages: Readonly<Partial<Record<Stage, HistogramSnapshot>>>;
  readonly distributions: Readonly<Partial<Record<Distribution, HistogramSnapshot>>>;
  /** Attempts that were repeated, by stage and code of the error. */
  readonly retries: readonly FailureCount[];
  /** Messages in the dead-letter topic, by stage and code of the error. */
  readonly deadLetters: readonly FailureCount[];
  /** Messages that were filtered out, by the name of the transform. */
  readonly filteredBy: readonly LabelledCount<"transform">[];
  /** Of the worker that runs the task: JavaScript heap in use, bytes, and the busy share of its event loop, 0 … 1. */
  readonly heapBytes: number;
  readonly eventLoopUtilization: number;
  readonly partitions: readonly PartitionStatus[];
  readonly messagesInFlight: number;
  readonly bytesInFlight: number;
  readonly pluginMetrics: readonly {
    readonly name: string;
    readonly help: string;
    readonly type: "counter" | "gauge";
    readonly value: number;
  }[];
}
