import type { ConnectorContext } from "@iggy-connectors/sdk";

export interface RecordingContext extends ConnectorContext {
  /** `level: message` in order. */
  readonly lines: string[];
  /** Counters summed up, gauges as last set. */
  readonly values: Map<string, number>;
}

export function recordingContext(workingDirectory: string): RecordingContext {
  const lines: string[] = [];
  const values = new Map<string, number>();
  const log = (level: string) => (message: string) => void lines.push(`${level}: ${message}`);
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
    values,
  };
}
