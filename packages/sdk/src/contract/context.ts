/** Structured logger of one connector: message first, fields second; one line per event. */
export interface Logger {
  trace(message: string, fields?: Record<string, unknown>): void;
  debug(message: string, fields?: Record<string, unknown>): void;
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
}

/** Metrics a plugin adds; exposed as `iggy_connector_plugin_<name>`. */
export interface PluginMetrics {
  counter(name: string, help: string): { add(value: number): void };
  gauge(name: string, help: string): { set(value: number): void };
}

/** What a connector is given once, when it is created. */
export interface ConnectorContext {
  /** The connector's key from its configuration file. */
  readonly key: string;
  /** 0 … `tasks` − 1. */
  readonly task: number;
  readonly logger: Logger;
  readonly metrics: PluginMetrics;
  /** Aborted when the task must end. */
  readonly signal: AbortSignal;
  /** Folder against which relative paths in the configuration are resolved: the process's working directory. */
  readonly workingDirectory: string;
}

export interface OpenContext {
  readonly signal: AbortSignal;
}

export interface ConsumeContext {
  /** Aborted by `consume_timeout` and when the task must end. */
  readonly signal: AbortSignal;
  /** 1 on the first try of this batch. */
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
