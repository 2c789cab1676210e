import type { ConnectorType, TaskLogLine } from "../task/protocol.ts";
import { BENCHMARK_TARGET, type LogLine, RUNTIME_TARGET } from "./log-line.ts";

/** A worker's line as the runtime writes it: with its connector, and the timing of batches on a target of its own. */
export function connectorLine(type: ConnectorType, key: string, line: TaskLogLine): LogLine {
  const { level, time, message, fields } = line;
  // The fields of a timing event name the connector themselves, as in the original.
  if (message === "benchmark") return { level, time, target: BENCHMARK_TARGET, message, fields: fields ?? {} };
  return { level, time, target: `${RUNTIME_TARGET}::${type}`, message, fields: { connector: key, ...fields } };
}
