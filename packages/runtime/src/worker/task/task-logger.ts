import type { Logger } from "@iggy-connectors/sdk";
import { textOf } from "../../shared/cut-text.ts";
import type { TaskLogLine } from "../../shared/task/task-messages.ts";
import type { LogLevel } from "../../shared/task/task-spec.ts";

const LEVELS: readonly LogLevel[] = ["trace", "debug", "info", "warn", "error"];
/** Lines kept between two posts: a plugin that logs every message must not fill the memory. */
const CAPACITY = 1000;
/** Characters of a message, and of each field. */
const MAX_LINE = 16 * 1024;

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
      message: textOf(message, MAX_LINE),
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
  switch (typeof value) {
    case "undefined":
    case "number":
    case "boolean":
    case "bigint":
      return value;
    case "object":
      return value === null ? null : plainValue(value);
    default:
      return textOf(value, MAX_LINE);
  }
}

/** What an object says of itself as JSON; its text where it says nothing, or too much. */
function plainValue(value: object): unknown {
  if (value instanceof Error) return textOf(value.message, MAX_LINE);
  try {
    const json = JSON.stringify(value, (_key, member: unknown) =>
      typeof member === "bigint" ? member.toString() : member,
    ) as string | undefined;
    if (json === undefined) return textOf(value, MAX_LINE);
    return json.length <= MAX_LINE ? (JSON.parse(json) as unknown) : textOf(json, MAX_LINE);
  } catch {
    return textOf(value, MAX_LINE);
  }
}
