import type { ConnectorType } from "../../../shared/task/task-spec.ts";
import type { ConnectorDefinition } from "../../config/connector-files/definition.ts";
import { type ConnectorIdentity, identityKey } from "../../config/connector-identity.ts";
import type { ConnectorSet } from "../../config/connector-set/connector-set.ts";
import type { DesiredStates } from "./desired-states.ts";
import { type ApplyResult, type ConnectorDependencies, ManagedConnector } from "./managed-connector.ts";
import type { ConnectorSnapshot } from "./snapshot.ts";

/** All connectors of a runtime. */
export class Connectors {
  readonly #managed = new Map<string, ManagedConnector>();
  readonly #desiredStates: DesiredStates;
  readonly #dependencies: ConnectorDependencies;
  /** Connectors that are being removed: a new one with the same identity waits until they have stopped. */
  readonly #removals = new Map<string, Promise<void>>();
  #ended = false;

  constructor(desiredStates: DesiredStates, dependencies: ConnectorDependencies) {
    this.#desiredStates = desiredStates;
    this.#dependencies = dependencies;
  }

  /**
   * Starts new connectors, replaces changed ones, stops removed ones, and touches no other. All in parallel; resolves when
   * every start is decided. A connector whose file is currently unreadable keeps running.
   */
  async reconcile(set: ConnectorSet): Promise<void> {
    if (this.#ended) return;
    const desired = [...set.connectors, ...set.broken, ...set.disabled];
    const identities = new Set(desired.map(identityKey));
    const unreadable = new Set(set.unreadable);
    const removed = [...this.#managed.values()].filter(
      (one) => !identities.has(identityKey(one)) && !unreadable.has(one.definition.file),
    );
    await Promise.all([
      ...desired.filter((one) => !this.#isKept(one, unreadable)).map((one) => this.apply(one)),
      ...removed.map((one) => this.remove(one)),
    ]);
  }

  /** Makes this definition the current one; a connector that is new is started. */
  async apply(definition: ConnectorDefinition): Promise<ApplyResult> {
    await this.#removals.get(identityKey(definition));
    if (this.#ended) return { outcome: "unchanged" };
    const existing = this.find(definition);
    if (existing !== undefined) return existing.apply(definition);
    const added = new ManagedConnector(definition, this.#desiredStates.of(definition), this.#dependencies);
    this.#managed.set(identityKey(definition), added);
    return added.apply(definition);
  }

  find(identity: ConnectorIdentity): ManagedConnector | undefined {
    return this.#managed.get(identityKey(identity));
  }

  /** Stops and removes a connector; it is not shown any more. */
  async remove(identity: ConnectorIdentity): Promise<void> {
    const managed = this.find(identity);
    if (managed === undefined) return;
    const key = identityKey(identity);
    this.#managed.delete(key);
    const removal = managed.stop().finally(() => this.#removals.delete(key));
    this.#removals.set(key, removal);
    await removal;
  }

  /** Stops all in parallel, each within its own `stop_timeout` and all within `deadline` milliseconds. */
  async stop(deadline: number): Promise<void> {
    this.#ended = true;
    await Promise.all([...this.#managed.values()].map((one) => one.stop(deadline)));
  }

  /** Sources first, each type in order of the keys. */
  snapshots(): ConnectorSnapshot[] {
    return [...this.#managed.values()].sort(byTypeAndKey).map((one) => one.snapshot());
  }

  /** How many sources and sinks are configured, including disabled ones. */
  get configured(): Readonly<Record<ConnectorType, number>> {
    const types = [...this.#managed.values()].map(({ type }) => type);
    return {
      source: types.filter((type) => type === "source").length,
      sink: types.filter((type) => type === "sink").length,
    };
  }

  /** Whether the file of the current version is damaged: its owner does not mean another version to run instead. */
  #isKept(desired: ConnectorDefinition, unreadable: ReadonlySet<string>): boolean {
    const file = this.find(desired)?.definition.file;
    return file !== undefined && file !== desired.file && unreadable.has(file);
  }
}

function byTypeAndKey(a: ConnectorIdentity, b: ConnectorIdentity): number {
  if (a.type !== b.type) return a.type === "source" ? -1 : 1;
  return a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
}
