import type { Logger } from "@iggy-connectors/sdk";
import { Redaction } from "../../shared/redaction.ts";
import type { LogLevel } from "../../shared/task/task-spec.ts";
import { type LogFilter, parseFilter } from "./filter.ts";
import { type LogLine, RUNTIME_TARGET, severity } from "./log-line.ts";

/** Maximum number of lines that are kept until the log is configured; warnings and errors are kept beyond it. */
const MAX_EARLY = 10_000;

/** The log of a runtime. Lines are filtered and redacted; lines logged before the log is configured are kept until then. */
export class RuntimeLog {
  readonly redaction = new Redaction();
  #filter: LogFilter = parseFilter("info").filter;
  #write: ((line: LogLine) => void) | undefined;
  #early: { line: LogLine; filtered: boolean }[] = [];

  get filter(): LogFilter {
    return this.#filter;
  }

  /** Writes the lines logged so far, and all lines from now on. */
  configure(filter: LogFilter, write: (line: LogLine) => void): void {
    this.#filter = filter;
    this.#write = write;
    const early = this.#early;
    this.#early = [];
    for (const { line, filtered } of early) this.#add(line, filtered);
  }

  /** `filtered`: the filter does not apply, because the `log_level` of the connector has let the line through. */
  add(line: LogLine, filtered = false): void {
    const { level, time, target, message, fields } = line;
    if (this.#write !== undefined && !filtered && !this.#filter.enabled(target, level)) return;
    const clean = {
      level,
      time,
      target,
      message: this.redaction.text(message),
      fields: this.redaction.fields(fields),
    };
    this.#add(clean, filtered);
  }

  logger(target = RUNTIME_TARGET, common: Readonly<Record<string, unknown>> = {}): Logger {
    const at =
      (level: LogLevel) =>
      (message: string, fields: Record<string, unknown> = {}): void =>
        this.add({ level, time: Date.now(), target, message, fields: { ...common, ...fields } });
    return { trace: at("trace"), debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
  }

  /** Workers need not send lines below this level. */
  get workerLevel(): LogLevel {
    return this.#filter.mostVerbose ?? "error";
  }

  #add(line: LogLine, filtered: boolean): void {
    if (this.#write === undefined) {
      if (this.#early.length < MAX_EARLY || severity(line.level) >= severity("warn")) {
        this.#early.push({ line, filtered });
      }
    } else if (filtered || this.#filter.enabled(line.target, line.level)) this.#write(line);
  }
}
