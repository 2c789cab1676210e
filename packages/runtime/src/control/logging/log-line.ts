import type { LogLevel } from "../../shared/task/task-spec.ts";

export const LEVELS = ["trace", "debug", "info", "warn", "error"] as const satisfies readonly LogLevel[];

/** One event. Fields hold no secrets any more. */
export interface LogLine {
  readonly level: LogLevel;
  /** Milliseconds since the Unix epoch. */
  readonly time: number;
  /** `iggy_connectors` for the runtime; connectors' lines add `::sink` or `::source`. */
  readonly target: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Target of the runtime's own lines. */
export const RUNTIME_TARGET = "iggy_connectors";

export function severity(level: LogLevel): number {
  return LEVELS.indexOf(level);
}
