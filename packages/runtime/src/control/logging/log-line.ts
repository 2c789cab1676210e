import { LOG_LEVELS, type LogLevel } from "../../shared/task/task-spec.ts";

/** One event. Secrets in message and fields have been masked. */
export interface LogLine {
  readonly level: LogLevel;
  /** Milliseconds since the Unix epoch. */
  readonly time: number;
  /** `iggy_connectors` for the runtime, followed by `::sink` or `::source` for connectors. */
  readonly target: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Target of the lines of the runtime itself. */
export const RUNTIME_TARGET = "iggy_connectors";

/** Position in the order of levels; `trace` is 0. */
export function severity(level: LogLevel): number {
  return LOG_LEVELS.indexOf(level);
}
