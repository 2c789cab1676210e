import type { ConnectorType } from "../../shared/task/task-spec.ts";
import type { ConnectorSnapshot } from "../supervisor/connectors/snapshot.ts";
import type { DroppedTelemetry } from "../telemetry/telemetry.ts";

/** What the metrics are made from. */
export interface MetricsInput {
  /** All connectors that run or should run. */
  readonly connectors: readonly ConnectorSnapshot[];
  /** How many are configured, including the disabled ones. */
  readonly configured: Readonly<Record<ConnectorType, number>>;
  /** Only if telemetry is exported. */
  readonly droppedTelemetry?: DroppedTelemetry | undefined;
}

/** How many connectors of a type are in the state `running`. */
export function runningCount(connectors: readonly ConnectorSnapshot[], type: ConnectorType): number {
  return connectors.filter((one) => one.type === type && one.state === "running").length;
}
