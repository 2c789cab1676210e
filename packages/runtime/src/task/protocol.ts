import type { CodecKeys, Schema } from "@iggy-connectors/sdk";
import type { TappedMessage, TapSettings } from "../tap/sample.ts";
import type { HistogramSnapshot } from "./histogram.ts";
import type { LabelledCount } from "./labelled-counts.ts";

/** Everything a task needs, made by the control plane from validated configuration. Structured-cloneable; times in ms, sizes in bytes. */
export interface TaskSpec {
  readonly type: ConnectorType;
  readonly key: string;
  readonly name: string;
  /** 0 … tasks − 1. */
  readonly task: number;
  readonly tasks: number;
  readonly plugin: PluginReference;
  /** As configured, not yet validated by the plugin's schema: the worker validates and applies defaults. */
  readonly pluginConfig: unknown;
  /** Places in `pluginConfig` whose text came from the environment: it takes the type that the plugin's schema asks for. */
  readonly environmentText?: readonly (readonly (string | number)[])[];
  /** A key that the plugin's schema does not know is an error. */
  readonly strict?: boolean;
  /** File that the connector was read from, for error places. */
  readonly file: string | undefined;
  readonly workingDirectory: string;
  readonly iggy: IggyAccess;
  readonly sinkStreams: readonly SinkStreamSpec[];
  readonly sourceStreams: readonly SourceStreamSpec[];
  /** The `transforms` value as configured: an ordered list or the original's table. */
  readonly transforms: unknown;
  readonly verbose: boolean;
  readonly benchmark: boolean;
  readonly logLevel: LogLevel;
  readonly onError: OnError;
  readonly deadLetter: DeadLetterSpec;
  readonly retry: RetrySpec;
  /** 0 = none. */
  readonly consumeTimeout: number;
  readonly startTimeout: number;
  readonly stopTimeout: number;
  readonly bufferBytes: number;
  /** Sinks: batches of one partition in `consume` at once. Sources: batches in hand at once. */
  readonly maxInFlight: number;
  readonly maxInFlightPartitions: number;
  /** 0 = never by this criterion. */
  readonly flush: { readonly interval: number; readonly bytes: number; readonly messages: number };
  readonly initialOffset: InitialOffset;
  /** Sources only: where the checkpoint lives and how often it is written at most (0: every batch). */
  readonly checkpoint: { readonly path: string; readonly interval: number } | undefined;
  /** Nothing may be changed anywhere: the task is only tried. Default false. */
  readonly rehearsal?: boolean;
}

export type ConnectorType = "sink" | "source";
export type LogLevel = "trace" | "debug" | "info" | "warn" | "error";
export type OnError = "dead_letter" | "skip" | "stop";

export type InitialOffset =
  | { readonly kind: "first" }
  | { readonly kind: "last" }
  | { readonly kind: "offset"; readonly offset: bigint }
  /** Microseconds since the Unix epoch. */
  | { readonly kind: "timestamp"; readonly timestamp: bigint };

export interface PluginReference {
  /** As written in `path`. */
  readonly path: string;
  /** URL of the module to import. */
  readonly url: string;
}

/** How Iggy is reached, as the client takes it: user and password, or a token (`file:/path` names its file). */
export interface IggyAccess {
  readonly address: string;
  readonly username?: string;
  readonly password?: string;
  readonly token?: string;
  readonly tls?: { readonly caFile: string; readonly serverName?: string };
}

export interface SinkStreamSpec {
  readonly stream: string;
  readonly topics: readonly string[];
  /** RE2; topics of the stream whose whole name matches are consumed beside `topics`. */
  readonly topicsPattern: string | undefined;
  /** How often the stream is searched for them. */
  readonly topicsRefresh: number;
  readonly schema: Schema;
  readonly batchLength: number;
  readonly pollInterval: number;
  readonly consumerGroup: string;
  readonly create: boolean;
  readonly partitions: number;
  readonly validate: boolean;
  readonly codec: CodecKeys;
}

export interface SourceStreamSpec {
  /** Target name for `ProducedMessage.stream`. */
  readonly name: string | undefined;
  readonly stream: string;
  readonly topic: string;
  readonly schema: Schema;
  readonly batchLength: number;
  readonly lingerTime: number;
  readonly create: boolean;
  readonly partitions: number;
  readonly partitionBy: "balanced" | "key" | "partition";
  readonly codec: CodecKeys;
}

export interface DeadLetterSpec {
  readonly stream: string;
  readonly topic: string;
  readonly create: boolean;
  readonly retention: number;
  readonly maxSize: number;
  readonly maxPayload: number;
}

export interface RetrySpec {
  readonly initialBackoff: number;
  readonly maxBackoff: number;
  readonly backoffMultiplier: number;
  readonly jitter: number;
  readonly maxAttempts: number;
  readonly maxElapsed: number;
}

/** The states of NAMES; which may follow which is the table in `delivery/states.ts`. */
export type TaskState =
  | "starting"
  | "running"
  | "retrying"
  | "blocked"
  | "standby"
  | "paused"
  | "stopping"
  | "stopped"
  | "completed"
  | "failed";

/** An error as it crosses the thread: no stack for a user's mistake. */
export interface TaskError {
  readonly code: string;
  readonly message: string;
  readonly place?: string;
  readonly fix?: string;
  /** Microseconds since the Unix epoch. */
  readonly timestamp: number;
}

/** Cumulative since the worker's start; the control plane adds them up over restarts. */
export interface TaskCounters {
  /** Sinks: taken from Iggy. */
  consumed: number;
  /** Sinks: handed to the plugin and written (the original's word for delivered). */
  processed: number;
  /** Sources: received from the plugin. */
  produced: number;
  /** Sources: confirmed by Iggy. */
  sent: number;
  delivered: number;
  filtered: number;
  skipped: number;
  deadLettered: number;
  errors: number;
  retries: number;
  rebalances: number;
  bytesIn: number;
  bytesOut: number;
}

export type Stage = "decode" | "prepare" | "ffi" | "iggy_send" | "state_save" | "total";

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
  /** Broker time of the oldest message in hand, milliseconds since the Unix epoch; undefined: nothing is in hand. */
  readonly oldestOpenAt: number | undefined;
  readonly inFlight: number;
  readonly state: "running" | "retrying" | "blocked";
}

export interface TaskStatus {
  readonly state: TaskState;
  /** Milliseconds since the Unix epoch. */
  readonly since: number;
  readonly lastError: TaskError | undefined;
  readonly retry: { readonly attempts: number; readonly since: number; readonly nextAttemptAt: number } | undefined;
  readonly lastSuccessAt: number | undefined;
  readonly counters: Readonly<TaskCounters>;
  readonly stages: Readonly<Partial<Record<Stage, HistogramSnapshot>>>;
  readonly distributions: Readonly<Partial<Record<Distribution, HistogramSnapshot>>>;
  /** Attempts that were repeated, by stage and code of the error. */
  readonly retries: readonly LabelledCount[];
  /** Messages in the dead-letter topic, by stage and code of the error. */
  readonly deadLetters: readonly LabelledCount[];
  /** Messages that a transform left out: `stage` is `transform`, `code` the transform's name. */
  readonly filteredBy: readonly LabelledCount[];
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

/** What the plugin says of itself, known once the worker imported it. */
export interface PluginDescription {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly delivery: string;
  readonly schemas: readonly Schema[];
  /** JSON Schema of `plugin_config`, with `secret` marks. */
  readonly configSchema: unknown;
  /** The guarantee in force with this configuration. */
  readonly effectiveDelivery: string;
}

export interface TaskLogLine {
  readonly level: LogLevel;
  /** Milliseconds since the Unix epoch. */
  readonly time: number;
  readonly message: string;
  readonly fields: Record<string, unknown> | undefined;
}

/** Worker → control plane. Status comes on change of state and else every `STATUS_INTERVAL`. */
export type TaskEvent =
  | { readonly type: "described"; readonly plugin: PluginDescription }
  | { readonly type: "status"; readonly status: TaskStatus }
  | { readonly type: "logs"; readonly lines: readonly TaskLogLine[] }
  /** Samples that somebody asked to see. */
  | { readonly type: "tapped"; readonly messages: readonly TappedMessage[] }
  /** The last event of an orderly end; the worker exits by itself after it. */
  | { readonly type: "ended"; readonly status: TaskStatus };

/** Control plane → worker. */
export type TaskCommand =
  | { readonly type: "stop" }
  /** Show messages, or, without settings, no more. */
  | { readonly type: "tap"; readonly settings: TapSettings | undefined };

/** Milliseconds. */
export const STATUS_INTERVAL = 250;
