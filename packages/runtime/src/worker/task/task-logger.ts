import type { Logger } from "@iggy-connectors/sdk";
import type { TaskLogLine } from "../../shared/task/task-messages.ts";
import type { LogLevel } from "../../shared/task/task-spec.ts";

const LEVELS: readonly LogLevel[] = ["trace", "debug", "info", "warn", "error"];
/** Lines kept between two posts: a plugin that logs every message must not fill the memory. */
const CAPACITY = 1000;

/** Gathers log lines until they are taken to be posted together. */
export class TaskLogger implements Logger {
  readonly #threshold: number;
  readonly #onLine: () => void;
  #lines: TaskLogLine[] = [];
  #dropped = 0;

  constructor(level: LogLevel, onLine: () => void) {
    this.#threshold = LEVELS.indexOf(level);
    this.#onLine = onLine;
  }

  /** Whether lines of this level are kept, so that a caller on the data path builds none in vain. */
  enabled(level: LogLevel): boolean {
    return LEVELS.indexOf(level) >= this.#threshold;
  }

  log(level: LogLevel, message: string, fields: Record<string, unknown> | undefined): void {
    if (!this.enabled(level)) return;
    if (this.#lines.length >= CAPACITY) {
      this.#dropped += 1;
      return;
    }
    this.#lines.push({
      level,
      time: Date.now(),
      message,
      fields: fields === undefined ? undefined : cloneable(fields),
    });
    this.#onLine();
  }

  trace(message: string, fields?: Record<string, unknown>): void {
    this.log("trace", message, fields);
  }

  debug(message: string, fields?: Record<string, unknown>): void {
    this.log("debug", message, fields);
  }

  info(message: string, fields?: Record<string, unknown>): void {
    this.log("info", message, fields);
  }

  warn(message: string, fields?: Record<string, unknown>): void {
    this.log("warn", message, fields);
  }

  error(message: string, fields?: Record<string, unknown>): void {
    this.log("error", message, fields);
  }

  /** The gathered lines, and how many were dropped. */
  take(): readonly TaskLogLine[] {
    const lines = this.#lines;
    if (this.#dropped > 0) {
      lines.push({
        level: "warn",
        time: Date.now(),
        message: `${this.#dropped} log lines were dropped`,
        fields: { dropped: this.#dropped },
      });
      this.#dropped = 0;
    }
    this.#lines = [];
    return lines;
  }
}

/** Fields are sent to another thread: what structured cloning rejects or changes (errors, functions, symbols) becomes text. */
function cloneable(fields: Record<string, unknown>): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(fields)) result[key] = cloneableValue(value);
  return result;
}

function cloneableValue(value: unknown): unknown {
  if (value === null || value === undefined) return value;
  switch (typeof value) {
    case "string":
    case "number":
    case "boolean":
    case "bigint":
      return value;
    case "object":
      if (value instanceof Error) return value.message;
      try {
        return structuredClone(value);
      } catch {
        return String(value);
      }
    default:
      return String(value);
  }
}
