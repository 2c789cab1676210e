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

/** What a connector is given when it is created. */
export interface ConnectorContext {
  /** The connector's key from its configuration file. */
  readonly key: string;
  /** Number of the task, 0 … `tasks` − 1. */
  readonly task: number;
  readonly logger: Logger;
  readonly metrics: PluginMetrics;
  /** Aborted when the task has to end. */
  readonly signal: AbortSignal;
  /** The folder that relative paths in the configuration are resolved against: the working directory of the process. */
  readonly workingDirectory: string;
}

export interface OpenContext {
  readonly signal: AbortSignal;
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
}
