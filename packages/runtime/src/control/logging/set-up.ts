import { LOG_LEVELS } from "../../shared/task/task-spec.ts";
import type { RuntimeConfig } from "../config/runtime-file/schema.ts";
import { parseFilter } from "./filter.ts";
import { formatLogLine } from "./format.ts";
import type { LineWriter } from "./line-writer.ts";
import type { LogLine } from "./log-line.ts";
import type { RuntimeLog } from "./runtime-log.ts";

export interface LogSetUp {
  readonly log: RuntimeLog;
  readonly config: RuntimeConfig["logging"];
  readonly environment: NodeJS.ProcessEnv;
  /** Receives the lines instead of `writer`. */
  readonly onLog?: ((line: LogLine) => void) | undefined;
  readonly writer: LineWriter;
  /** Whether `writer` writes to a terminal. */
  readonly terminal: boolean;
  /** Also receives every line that passes the filter. */
  readonly exportLine?: ((line: LogLine) => void) | undefined;
}

/** Configures the log of a runtime. The level is that of `RUST_LOG`, else `IGGY_CONNECTORS_LOG`, else `logging.level`. */
export function setUpLog({ log, config, environment, onLog, writer, terminal, exportLine }: LogSetUp): void {
  const directives = environment.RUST_LOG || environment.IGGY_CONNECTORS_LOG || config.level;
  const { filter, unknown } = parseFilter(directives);
  const colours = terminal && !environment.NO_COLOR;
  const write = onLog ?? ((line) => writer.write(formatLogLine(line, { format: config.format, colours })));
  const both = (line: LogLine): void => {
    write(line);
    exportLine?.(line);
  };
  log.configure(filter, exportLine === undefined ? write : both);
  for (const directive of unknown) {
    log.logger().warn(`log directive ${JSON.stringify(directive)} is invalid`, {
      fix: `use a level (${LOG_LEVELS.join(", ")}, off) or target=level`,
    });
  }
}
