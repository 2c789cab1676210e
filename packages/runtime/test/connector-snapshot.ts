import type { ConnectorSnapshot } from "../src/control/supervisor/connectors/snapshot.ts";
import { NO_TOTALS } from "../src/control/supervisor/run/totals.ts";

/** The snapshot of a healthy sink, with the changes of a test. */
export function connectorSnapshot(changes: Partial<ConnectorSnapshot> = {}): ConnectorSnapshot {
  return {
    ...NO_TOTALS,
    type: "sink",
    key: "stdout",
    name: "Stdout sink",
    id: 1,
    path: "/plugins/stdout.ts",
    enabled: true,
    state: "running",
    status: "running",
    since: Date.UTC(2026, 0, 31),
    lastError: undefined,
    retry: undefined,
    lastSuccessAt: undefined,
    delivery: undefined,
    countingSince: Date.UTC(2026, 0, 1),
    rate: undefined,
    lag: 0,
    partitions: [],
    messagesInFlight: 0,
    bytesInFlight: 0,
    tasks: [],
    restarts: new Map(),
    quarantines: new Map(),
    plugin: undefined,
    connector: undefined,
    version: 0,
    desired: "running",
    rejected: undefined,
    ...changes,
  };
}
