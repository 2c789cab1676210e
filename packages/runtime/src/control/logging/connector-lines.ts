import type { TaskLogLine } from "../../shared/task/task-messages.ts";
import type { ConnectorType } from "../../shared/task/task-spec.ts";
import { type LogLine, RUNTIME_TARGET } from "./log-line.ts";

/** A line of a worker as the runtime logs it: with the key of its connector, or with the target that the line names. */
export function connectorLine(type: ConnectorType, key: string, line: TaskLogLine): LogLine {
  const { level, time, message, fields = {} } = line;
  const { target, ...rest } = fields;
  // The timing of batches has its own target, and fields that name the connector, as in the original.
  if (typeof target === "string" && target.startsWith(`${RUNTIME_TARGET}::`)) {
    return { level, time, target, message, fields: rest };
  }
  return { level, time, target: `${RUNTIME_TARGET}::${type}`, message, fields: { connector: key, ...fields } };
}
