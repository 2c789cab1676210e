import type { RetryNotice } from "../retry/retry.ts";

import type { Schema } from "./message.ts";
import type { ProducedMessage } from "./source.ts";

/** The logger of one connector. Each call writes one line: a message, and fields that belong to it. */
export interface Logger {
  trace(message: string, fields?: Record<string, unknown>): void;
  debug(message: string, fields?: Record<string, unknown>): void;
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
}

/** Metrics that a plugin adds; they are exposed as `iggy_connector_plugin_<name>`. */
export interface PluginMetrics {
  counter(name: string, help: string): { add(value: number): void };
  gauge(name: string, help: string): { set(value: number): void };
}

/** The topics of one `[[streams]]` entry of a sink. */
export interface StreamSelection {
  readonly stream: string;
  readonly topics: readonly string[];
  /** Topics that match a pattern come on top of these, also while the sink runs. */
  readonly pattern: boolean;
}

/** What a connector is given when it is created. */
export interface ConnectorContext {
  /** The connector's key from its configuration file. */
  readonly key: string;
  /** Number of the task, 0 … `tasks` − 1. */
  readonly task: number;
  readonly logger: Logger;
  readonly metrics: PluginMetrics;
  /**
   * Reports that the connector repeats something inside of a call, so that the state says so meanwhile: call it with what
   * `onRetry` of `retry` and of the HTTP client is given. Absent where nothing shows a state.
   */
  readonly retrying?: (notice: RetryNotice) => void;
  /** Aborted when the task has to end. */
  readonly signal: AbortSignal;
  /** The folder that relative paths in the configuration are resolved against: the working directory of the process. */
  readonly workingDirectory: string;
  /** What the sink reads; empty for a source. Absent: the caller does not say, for example in a test of the plugin. */
  readonly streams?: readonly StreamSelection[];
}

/** What a connector promises about each message. */
export type Delivery = "at-most-once" | "at-least-once" | "exactly-once";

export interface OpenContext {
  readonly signal: AbortSignal;
  /**
   * The guarantee that is in force from now on, where it is not that of the configuration: a destination may turn out not
   * to support what the stronger one needs. `reason` is shown to the operator. May be called at any time until `close`;
   * calling it with the guarantee of the configuration takes an earlier report back.
   * @throws ConnectorError `IGC_PLUGIN_DELIVERY` for another word than those of `Delivery`.
   */
  reportDelivery(delivery: Delivery, reason: string): void;
  /**
   * For a source that can refuse at the origin, such as a server that answers its senders: the first of these messages, which
   * it has not produced yet, that cannot be read by `schema` (absent: the stream's) or written by the schema of a stream that it would go to.
   * `undefined`: all can, or it cannot be told yet. What transforms make of a message is not asked: that fails later, by
   * `on_error`. Absent for a sink, and where the caller does not say, for example in a test of the plugin.
   */
  refusalOf?(
    messages: readonly ProducedMessage[],
    schema: Schema | undefined,
  ): Promise<{ readonly index: number; readonly error: unknown } | undefined>;
}

export interface ConsumeContext {
  /** Aborted by `consume_timeout` and when the task has to end. */
  readonly signal: AbortSignal;
  /** 1 on the first attempt at this batch. */
  readonly attempt: number;
}

export interface FlushContext {
  readonly signal: AbortSignal;
  readonly reason: "interval" | "bytes" | "messages" | "revocation" | "stop";
}

export interface CheckContext {
  readonly signal: AbortSignal;
}

export interface CheckFinding {
  readonly level: "error" | "warning";
  readonly message: string;
  readonly fix?: string;
}

export interface CheckResult {
  readonly findings: readonly CheckFinding[];
  /** The guarantee that the destination allows, where it is not that of the configuration, and why. */
  readonly delivery?: { readonly guarantee: Delivery; readonly reason: string };
}
