export { indentJson } from "@iggy-connectors/sdk/internal";
export { type FileTransforms, readFileTransforms } from "./control/config/connector-files/file-transforms.ts";
export { parseInitialOffset } from "./control/config/connector-files/initial-offset.ts";
export { type ConfigProblem, ConfigurationError, formatProblem } from "./control/config/problem.ts";
export { type LoadedRuntimeConfig, type LoadOptions, loadRuntimeConfig } from "./control/config/runtime-file/load.ts";
export type { RuntimeConfig, RuntimeConfigInput } from "./control/config/runtime-file/schema.ts";
export { formatLogLine, type LogFormat } from "./control/logging/format.ts";
export type { LogLine } from "./control/logging/log-line.ts";
export {
  type CheckOptions,
  type CheckReport,
  checkConfiguration,
} from "./control/operations/check/check-configuration.ts";
export { type DryRunOptions, type DryRunReport, dryRun } from "./control/operations/dry-run/dry-run.ts";
export { jsonSchemas, type SchemaFile } from "./control/plugins/schemas.ts";
export { type ProcessOptions, runProcess } from "./control/run-process.ts";
export { type Runtime, type RuntimeOptions, startRuntime } from "./control/runtime.ts";
export type { ConnectorSnapshot, TaskSnapshot } from "./control/supervisor/connectors/snapshot.ts";
export type { PlacementEvent, RuntimeEvent, StateEvent } from "./control/supervisor/observation/connector-observer.ts";
export type { DryRunMessage, DryRunOrder } from "./shared/jobs/dry-run.ts";
export type { ShownMessage } from "./shared/tap/shown-message.ts";
