import { printableJson, printableLine } from "../../shared/printable.ts";
import type { LogLevel } from "../../shared/task/task-spec.ts";
import type { LogLine } from "./log-line.ts";

export interface LogFormat {
  /** Default `text`. */
  readonly format?: "text" | "json" | undefined;
  /** ANSI colours in text. */
  readonly colours?: boolean | undefined;
}

/** A line in the format of the original, without a line break at its end. An event never takes more than one line. */
export function formatLogLine(line: LogLine, { format = "text", colours = false }: LogFormat = {}): string {
  return format === "json" ? formatJson(line) : formatText(line, colours);
}

const COLOURS: Readonly<Record<LogLevel, string>> = {
  trace: "\x1b[35m",
  debug: "\x1b[34m",
  info: "\x1b[32m",
  warn: "\x1b[33m",
  error: "\x1b[31m",
};
const DIM = "\x1b[2m";
const RESET = "\x1b[0m";

/** `2026-01-31T12:00:00.123Z  INFO iggy_connectors: message key=value text="quoted"`. */
function formatText({ time, level, target, message, fields }: LogLine, colours: boolean): string {
  const name = level.toUpperCase().padStart(5);
  const head = colours
    ? `${DIM}${timestamp(time)}${RESET} ${COLOURS[level]}${name}${RESET} ${DIM}${printableLine(target)}:${RESET} `
    : `${timestamp(time)} ${name} ${printableLine(target)}: `;
  let text = head + printableLine(message);
  for (const [key, value] of Object.entries(fields)) {
    if (value !== undefined) text += ` ${printableLine(key)}=${fieldText(value)}`;
  }
  return text;
}

function formatJson({ time, level, target, message, fields }: LogLine): string {
  const event = { timestamp: timestamp(time), level: level.toUpperCase(), fields: { message, ...fields }, target };
  return printableJson(event, { replacer: safeValue });
}

function fieldText(value: unknown): string {
  if (typeof value === "string") return printableJson(value);
  if (typeof value === "object" && value !== null) return printableJson(value, { replacer: safeValue });
  return printableLine(String(value));
}

function safeValue(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  if (value instanceof Error) return value.message;
  return value;
}

function timestamp(time: number): string {
  return new Date(time).toISOString();
}
