import type { ConnectorContext } from "@iggy-connectors/sdk";

/** The context that a connector is created with, which remembers what it was told. */
export interface RecordingContext extends ConnectorContext {
  /** `level: message` in order. */
  readonly lines: string[];
  /** Fields of the same lines. */
  readonly fields: Record<string, unknown>[];
  /** Counters summed up, gauges as last set. */
  readonly values: Map<string, number>;
}

export function recordingContext(workingDirectory: string): RecordingContext {
  const lines: string[] = [];
  const fields: Record<string, unknown>[] = [];
  const values = new Map<string, number>();
  const log =
    (level: string) =>
    (message: string, details: Record<string, unknown> = {}): void => {
      lines.push(`${level}: ${message}`);
      fields.push(details);
    };
  return {
    key: "test",
    task: 0,
    workingDirectory,
    signal: new AbortController().signal,
    logger: { trace: log("trace"), debug: log("debug"), info: log("info"), warn: log("warn"), error: log("error") },
    metrics: {
      counter: (name) => ({ add: (value) => void values.set(name, (values.get(name) ?? 0) + value) }),
      gauge: (name) => ({ set: (value) => void values.set(name, value) }),
    },
    lines,
    fields,
    values,
  };
}
