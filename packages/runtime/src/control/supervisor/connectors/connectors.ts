import type { ConnectorType } from "../../../shared/task/task-spec.ts";
import type { ConnectorSet } from "../../config/connector-files/load.ts";
import type { ReadConnector } from "../../config/connector-files/definition.ts";
import type { ConnectorIdentity } from "../../config/providers/provider.ts";
import type { Intents } from "./desired-states.ts";
import { type Applied, type ConnectorHost, ManagedConnector } from "./managed-connector.ts";
import type { ConnectorSnapshot } from "./snapshot.ts";

/** All connectors of a runtime: what runs is made to follow what should run. */
export class Connectors {
  readonly #managed = new Map<string, ManagedConnector>();
  readonly #intents: Intents;
  readonly #host: ConnectorHost;
  /** Connectors that are being stopped for good: a new one of that name waits until they have ended. */
  readonly #leaving = new Map<string, Promise<void>>();
  #ended = false;

  constructor(intents: Intents, host: ConnectorHost) {
    this.#intents = intents;
    this.#host = host;
  }

  /**
   * Starts what is new, replaces what changed, stops what is gone, and touches nothing else. All at once; resolves when
   * every start is decided. A connector whose file cannot be read at the moment keeps running.
   */
  async reconcile(set: ConnectorSet): Promise<void> {
    if (this.#ended) return;
    const wanted = [...set.connectors, ...set.broken, ...set.disabled];
    const names = new Set(wanted.map(nameOf));
    const kept = new Set(set.unreadable);
    const gone = [...this.#managed.values()].filter((one) => !names.has(nameOf(one)) && !kept.has(one.source.file));
    await Promise.all([
      ...wanted.filter((one) => !this.#isKept(one, kept)).map((one) => this.apply(one)),
      ...gone.map((one) => this.remove(one)),
    ]);
  }

  /** Makes this version the one that runs; a connector that is new is started. */
  async apply(source: ReadConnector): Promise<Applied> {
    await this.#leaving.get(nameOf(source));
    if (this.#ended) return { outcome: "unchanged" };
    const present = this.find(source);
    if (present !== undefined) return present.apply(source);
    const added = new ManagedConnector(source, this.#intents.of(source), this.#host);
    this.#managed.set(nameOf(source), added);
    return added.apply(source);
  }

  find(identity: ConnectorIdentity): ManagedConnector | undefined {
    return this.#managed.get(nameOf(identity));
  }

  /** Stops it and forgets it; nothing of it is shown any more. */
  async remove(identity: ConnectorIdentity): Promise<void> {
    const managed = this.find(identity);
    if (managed === undefined) return;
    const name = nameOf(identity);
    this.#managed.delete(name);
    const leaving = managed.stop().finally(() => this.#leaving.delete(name));
    this.#leaving.set(name, leaving);
    await leaving;
  }

  /** Stops all at once, each within its own `stop_timeout` and all within `deadline` milliseconds. */
  async stop(deadline: number): Promise<void> {
    this.#ended = true;
    await Promise.all([...this.#managed.values()].map((one) => one.stop(deadline)));
  }

  /** Sources first, each kind in order of the keys. */
  snapshots(): ConnectorSnapshot[] {
    return [...this.#managed.values()].sort(byTypeAndKey).map((one) => one.snapshot());
  }

  /** Sources and sinks that are configured, with those that are disabled. */
  get configured(): Readonly<Record<ConnectorType, number>> {
    const types = [...this.#managed.values()].map(({ type }) => type);
    return {
      source: types.filter((type) => type === "source").length,
      sink: types.filter((type) => type === "sink").length,
    };
  }

  /** The file of the version that runs is damaged: another version is not what its owner means. */
  #isKept(wanted: ReadConnector, unreadable: ReadonlySet<string>): boolean {
    const present = this.find(wanted);
    return present !== undefined && present.source.file !== wanted.file && unreadable.has(present.source.file);
  }
}

function nameOf({ type, key }: ConnectorIdentity): string {
  return `${type}/${key}`;
}

function byTypeAndKey(a: ConnectorIdentity, b: ConnectorIdentity): number {
  if (a.type !== b.type) return a.type === "source" ? -1 : 1;
  return a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
}
