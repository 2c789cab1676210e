import type { Logger } from "@iggy-connectors/sdk";
import { Redaction } from "../../shared/redaction.ts";
import type { LogLevel } from "../../shared/task/task-spec.ts";
import { type LogFilter, parseFilter } from "./filter.ts";
import { type LogLine, RUNTIME_TARGET, severity } from "./log-line.ts";

/** Lines kept while nobody knows yet how they are to be written. */
const MAX_EARLY = 10_000;

/** All lines of a runtime: filtered, without secrets, and kept until the configuration says how to write them. */
export class RuntimeLog {
  readonly redaction = new Redaction();
  #filter: LogFilter = parseFilter("info").filter;
  #write: ((line: LogLine) => void) | undefined;
  #early: { line: LogLine; filtered: boolean }[] = [];

  get filter(): LogFilter {
    return this.#filter;
  }

  /** From now on lines are written; those that came before are written first. */
  configure(filter: LogFilter, write: (line: LogLine) => void): void {
    this.#filter = filter;
    this.#write = write;
    const early = this.#early;
    this.#early = [];
    for (const { line, filtered } of early) this.#add(line, filtered);
  }

  /** `filtered`: its level was decided elsewhere (a connector's own `log_level`). */
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

  /** The level below which a worker need not send lines at all. */
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
