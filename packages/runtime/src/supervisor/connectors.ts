import type { ConnectorSet } from "../config/connector-files/load.ts";
import type { ConnectorType } from "../task/protocol.ts";
import { type ConnectorHost, ConnectorSupervisor } from "./connector-supervisor.ts";
import type { ConnectorSnapshot } from "./snapshot.ts";

/** All connectors of a runtime, sources first, each kind in order of the keys. */
export class Connectors {
  readonly #supervisors: readonly ConnectorSupervisor[];
  /** Sources and sinks that are configured, with those that are disabled. */
  readonly configured: Readonly<Record<ConnectorType, number>>;

  constructor(set: Pick<ConnectorSet, "connectors" | "broken" | "disabled">, host: ConnectorHost) {
    const sources = [...set.connectors, ...set.broken];
    this.#supervisors = sources.map((source) => new ConnectorSupervisor(source, host)).sort(byTypeAndKey);
    const all = [...sources, ...set.disabled];
    this.configured = {
      source: all.filter(({ type }) => type === "source").length,
      sink: all.filter(({ type }) => type === "sink").length,
    };
  }

  /** Starts all at once; none waits for another. */
  start(): void {
    for (const supervisor of this.#supervisors) supervisor.start();
  }

  /** Stops all at once, each within its own `stop_timeout` and all within `deadline` milliseconds. */
  async stop(deadline: number): Promise<void> {
    await Promise.all(this.#supervisors.map((supervisor) => supervisor.stop(deadline)));
  }

  snapshots(): ConnectorSnapshot[] {
    return this.#supervisors.map((supervisor) => supervisor.snapshot());
  }

  snapshot(type: ConnectorType, key: string): ConnectorSnapshot | undefined {
    return this.#supervisors.find((one) => one.type === type && one.key === key)?.snapshot();
  }
}

function byTypeAndKey(a: ConnectorSupervisor, b: ConnectorSupervisor): number {
  if (a.type !== b.type) return a.type === "source" ? -1 : 1;
  return a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
}
