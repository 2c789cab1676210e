import type { ConnectorContext } from "@iggy-connectors/sdk";

export interface RecordingContext extends ConnectorContext {
  /** `level: message` in order. */
  readonly lines: string[];
  /** Fields of the same lines. */
  readonly fields: Record<string, unknown>[];
}

export function recordingContext(workingDirectory: string): RecordingContext {
  const lines: string[] = [];
  const fields: Record<string, unknown>[] = [];
  const log =
    (level: string) =>
    (message: string, details: Record<string, unknown> = {}) => {
      lines.push(`${level}: ${message}`);
      fields.push(details);
    };
  return {
    key: "test",
    task: 0,
    workingDirectory,
    signal: new AbortController().signal,
    logger: { trace: log("trace"), debug: log("debug"), info: log("info"), warn: log("warn"), error: log("error") },
    metrics: { counter: () => ({ add: () => undefined }), gauge: () => ({ set: () => undefined }) },
    lines,
    fields,
  };
}
