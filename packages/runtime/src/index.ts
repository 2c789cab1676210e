export { type FileTransforms, readFileTransforms } from "./config/connector-files/file-transforms.ts";
export { type ConfigProblem, ConfigurationError, formatProblem } from "./config/problem.ts";
export type { RuntimeConfig, RuntimeConfigInput } from "./config/runtime-file/schema.ts";
export type { RuntimeEvent } from "./control-plane.ts";
export { formatLogLine, type LogFormat } from "./logging/format.ts";
export type { LogLine } from "./logging/log-line.ts";
export { type ProcessOptions, runProcess } from "./run-process.ts";
export { type Runtime, type RuntimeOptions, startRuntime } from "./runtime.ts";
export type { ConnectorSnapshot, TaskSnapshot } from "./supervisor/snapshot.ts";
