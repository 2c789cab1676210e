import type { CodecKeys } from "@iggy-connectors/codecs";
import type { Schema } from "@iggy-connectors/sdk";
import type { MessageRange } from "../workers/call-marks.ts";

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
  /** Paths in `pluginConfig` whose text came from the environment: it takes the type that the plugin's schema requires. */
  readonly environmentText?: readonly (readonly (string | number)[])[];
  /** Keys that the plugin's schema does not have are errors. */
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
  /** Milliseconds for which its worker may not answer; 0 = unlimited. */
  readonly hangTimeout: number;
  readonly bufferBytes: number;
  /** Sinks: batches of one partition in `consume` at once. Sources: open batches. */
  readonly maxInFlight: number;
  readonly maxInFlightPartitions: number;
  /** 0 = never by this criterion. */
  readonly flush: { readonly interval: number; readonly bytes: number; readonly messages: number };
  readonly initialOffset: InitialOffset;
  /** Sources only: where the checkpoint lives and how often it is written at most (0: every batch). */
  readonly checkpoint: { readonly path: string; readonly interval: number } | undefined;
  /** Messages that an earlier worker of the task hung with; absent: none. */
  readonly suspects?: SuspectSpec;
  /** The task is only tried: nothing may be changed anywhere. Default false. */
  readonly rehearsal?: boolean;
}

/** Messages that may be the reason why a worker hung, by its marks. */
export interface SuspectSpec {
  /** Of each range at most `part` messages are delivered together. */
  readonly ranges: readonly SuspectRange[];
  /** Messages that a worker hung with while nothing else was open: they fail without being tried. */
  readonly hanging: readonly HangingMessage[];
  /** The same of a source; absent: none. */
  readonly produced?: ProducedSuspects;
}

/** Messages of a source that a worker hung with, in a transform or while they were encoded. */
export interface ProducedSuspects {
  /** How many messages after the start are transformed and encoded one by one. */
  readonly apart: number;
  /** Those that a worker hung with alone. */
  readonly hanging: readonly HangingProducedMessage[];
}

export interface HangingProducedMessage {
  readonly digest: string;
  /** The call that did not return: `transforms` or `encode`. */
  readonly call: string;
  /** What is said about it. */
  readonly reason: string;
}

export interface SuspectRange extends MessageRange {
  readonly part: number;
}

export interface HangingMessage {
  readonly stream: string;
  readonly topic: string;
  readonly partition: number;
  /** Decimal text. */
  readonly offset: string;
  /** The call that did not return: `consume`, `transforms` … */
  readonly call: string;
  /** What is said about it. */
  readonly reason: string;
}

/** What is needed to load a plugin's definition, and to name the file in its errors. */
export type PluginLocation = Pick<TaskSpec, "type" | "key" | "plugin" | "file">;

export const CONNECTOR_TYPES = ["sink", "source"] as const;
export type ConnectorType = (typeof CONNECTOR_TYPES)[number];

/** From the most to the least verbose. */
export const LOG_LEVELS = ["trace", "debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
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
  readonly maxPollInterval: number;
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
