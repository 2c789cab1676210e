import { type Attributes, type AttributeValue, type HrTime, type LogRecord, SeverityNumber } from "@opentelemetry/api";
import type { LogLevel } from "../../shared/task/task-spec.ts";
import type { LogLine } from "../logging/log-line.ts";

const SEVERITIES: Readonly<Record<LogLevel, SeverityNumber>> = {
  trace: SeverityNumber.TRACE,
  debug: SeverityNumber.DEBUG,
  info: SeverityNumber.INFO,
  warn: SeverityNumber.WARN,
  error: SeverityNumber.ERROR,
};

/** A log line as an OpenTelemetry record. Fields become attributes. The target is the scope, not a part of the record. */
export function logRecord({ level, time, message, fields }: LogLine): LogRecord {
  const attributes: Attributes = {};
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined && value !== null) attributes[name] = attributeOf(value);
  }
  return {
    timestamp: hrTime(time),
    severityNumber: SEVERITIES[level],
    severityText: level.toUpperCase(),
    body: message,
    attributes,
  };
}

/** Milliseconds since the Unix epoch as seconds and nanoseconds. */
export function hrTime(milliseconds: number): HrTime {
  const seconds = Math.floor(milliseconds / 1000);
  return [seconds, Math.round((milliseconds - seconds * 1000) * 1e6)];
}

function attributeOf(value: unknown): AttributeValue {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  if (typeof value === "bigint") return String(value);
  return JSON.stringify(value, (_, member) => (typeof member === "bigint" ? String(member) : member)) ?? String(value);
}
