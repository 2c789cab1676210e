import { formatKey } from "../../../shared/key-path.ts";
import type { ReadConnector } from "../../config/connector-files/definition.ts";
import { type ConfigProvider, type ConnectorIdentity, VersionNotFoundError } from "../../config/providers/provider.ts";
import type { PluginCatalog } from "../../plugins/catalog.ts";
import type { Connectors } from "../../supervisor/connectors/connectors.ts";
import type { Intent, Intents } from "../../supervisor/connectors/desired-states.ts";
import type { Applied, ManagedConnector } from "../../supervisor/connectors/managed-connector.ts";
import type { Reconciler } from "../../supervisor/reconciliation/reconciler.ts";
import type { Acceptance } from "./acceptance.ts";
import { changesBetween } from "./changes.ts";
import { findingShape, invalidConfiguration, invalidSince, Refusal, unknownConnector } from "../refusal.ts";
import type { PurgeTarget } from "./purge.ts";
import { type ConfigFormat, type Rendered, render } from "./rendering.ts";
import { type Masking, shownConfig, shownPluginConfig, shownTransforms } from "./shown-config.ts";

export interface AdministrationOptions {
  readonly provider: ConfigProvider;
  readonly connectors: Connectors;
  readonly reconciler: Reconciler;
  readonly catalog: PluginCatalog;
  readonly intents: Intents;
  readonly acceptance: Acceptance;
  /** Knows the secrets in force. */
  readonly redact: (text: string) => string;
  readonly purge: (connector: ReadConnector, targets: ReadonlySet<PurgeTarget>) => Promise<void>;
}

type Shown = ReturnType<typeof shownConfig>;

/** What an operator can do to connectors and their configurations. Throws `Refusal` and what the provider throws. */
export class Administration {
  readonly #options: AdministrationOptions;

  constructor(options: AdministrationOptions) {
    this.#options = options;
  }

  async versions(id: ConnectorIdentity): Promise<Shown[]> {
    this.#managed(id);
    const versions = await this.#options.provider.versions(id);
    return Promise.all(versions.map((version) => this.#show(version)));
  }

  async version(id: ConnectorIdentity, version: number): Promise<Shown> {
    this.#managed(id);
    const found = await this.#options.provider.version(id, version);
    if (found === undefined) throw new VersionNotFoundError(id, version);
    return this.#show(found);
  }

  /** The configuration in force. */
  async active(id: ConnectorIdentity): Promise<Shown> {
    const { source } = this.#managed(id);
    return shownConfig(source, true, await this.#masking(source));
  }

  transforms(id: ConnectorIdentity): ReturnType<typeof shownTransforms> {
    return shownTransforms(this.#managed(id).source, this.#options);
  }

  /** `undefined`: there are no settings. */
  async pluginConfig(id: ConnectorIdentity, format: ConfigFormat | undefined): Promise<Rendered | undefined> {
    const { source } = this.#managed(id);
    const config = shownPluginConfig(source, await this.#masking(source));
    return config === undefined ? undefined : render(config, format ?? source.config?.plugin_config_format ?? "toml");
  }

  /** Stores a version beside the one that runs. The first version of a new connector runs at once. */
  async create(id: ConnectorIdentity, body: unknown): Promise<Shown> {
    const { provider, acceptance, reconciler } = this.#options;
    const { document } = await acceptance.accept(id, body);
    const created = await provider.create(id, document);
    await reconciler.reload();
    return shownConfig(created, false, await this.#masking(created));
  }

  /** Makes a version the one that runs. Where it does not become healthy, the one before is active again. */
  async activate(id: ConnectorIdentity, version: number): Promise<void> {
    const { provider } = this.#options;
    const before = await provider.active(id);
    await provider.activate(id, version);
    await this.#bringInLine(id, version, before);
  }

  /** Without a version the activated one. What is active then runs. */
  async removeVersion(id: ConnectorIdentity, version: number | undefined): Promise<void> {
    const { provider, reconciler } = this.#options;
    await provider.remove(id, version);
    await reconciler.reload();
  }

  /** Creates a connector, or replaces its configuration by a new version that runs. */
  async put(id: ConnectorIdentity, body: unknown) {
    const { provider, acceptance, connectors } = this.#options;
    const accepted = await acceptance.accept(id, body);
    const before = await provider.active(id);
    const same = before !== undefined && changesBetween(before, accepted.connector).length === 0;
    const created = same ? before : await provider.create(id, accepted.document);
    const version = created.version ?? 0;
    await provider.activate(id, version);
    await this.#bringInLine(id, version, before);
    const managed = connectors.find(id);
    // A first version has nothing to fall back to: how it fares is part of the answer.
    await managed?.settled();
    return {
      config: shownConfig(created, true, await this.#masking(created)),
      outcome: same ? "unchanged" : before === undefined ? "created" : "replaced",
      snapshot: managed?.snapshot(),
      findings: accepted.problems.map(findingShape),
    };
  }

  /** What `put` would do. */
  async preview(id: ConnectorIdentity, body: unknown) {
    const { provider, acceptance } = this.#options;
    const { connector, problems } = await acceptance.look(id, body);
    const before = await provider.active(id);
    const changes = changesBetween(before, connector).map((path) => formatKey(path));
    const valid = problems.every(({ severity }) => severity !== "error");
    return { valid, findings: problems.map(findingShape), changes };
  }

  /** Stops a connector and removes all its versions, and what else is asked for. */
  async remove(id: ConnectorIdentity, targets: ReadonlySet<PurgeTarget>): Promise<void> {
    const { provider, connectors, reconciler, intents, purge } = this.#options;
    const managed = connectors.find(id);
    if (managed === undefined && (await provider.versions(id)).length === 0) throw unknownConnector(id);
    const source = managed?.source ?? (await provider.active(id));
    // What it left behind is only known from a configuration that can be read.
    if (targets.size > 0 && source?.config === undefined) throw invalidConfiguration(source?.errors ?? []);
    await provider.removeAll(id);
    await connectors.remove(id);
    await reconciler.reload();
    await intents.set(id, "running");
    if (source !== undefined && targets.size > 0) await purge(source, targets);
  }

  /** Stops and starts it with the version that is active. */
  async restart(id: ConnectorIdentity): Promise<void> {
    const { provider, intents } = this.#options;
    const managed = this.#managed(id);
    const active = (await provider.active(id)) ?? managed.source;
    this.#refuseDisabled(active);
    if (active.errors.length > 0) throw invalidConfiguration(active.errors);
    await intents.set(id, "running");
    const applied = await managed.restart(active);
    if (applied.outcome === "rejected") throw this.#notHealthy(managed, applied);
    const { state, lastError } = managed.snapshot();
    if (state === "failed" && lastError !== undefined) throw invalidSince(lastError);
  }

  /** Kept over restarts of the process. */
  async want(id: ConnectorIdentity, intent: Intent): Promise<void> {
    const managed = this.#managed(id);
    if (intent === "running") this.#refuseDisabled(managed.source);
    await this.#options.intents.set(id, intent);
    await managed.want(intent);
  }

  #managed(id: ConnectorIdentity): ManagedConnector {
    const managed = this.#options.connectors.find(id);
    if (managed === undefined) throw unknownConnector(id);
    return managed;
  }

  #refuseDisabled({ enabled, type, key }: ReadConnector): void {
    if (enabled) return;
    throw new Refusal("conflict", `The ${type} ${key} is disabled`, {
      code: "disabled",
      place: "enabled",
      fix: "activate a version with enabled = true",
    });
  }

  /** Has what is active run, and takes an activation back that brought nothing. */
  async #bringInLine(id: ConnectorIdentity, version: number, before: ReadConnector | undefined): Promise<void> {
    const { provider, connectors, reconciler } = this.#options;
    const active = await provider.active(id);
    const applied = active === undefined ? undefined : await connectors.apply(active);
    const rejected = applied?.outcome === "rejected" ? applied : undefined;
    if (rejected !== undefined && before?.version !== undefined && before.version !== version) {
      await provider.activate(id, before.version);
    }
    await reconciler.reload();
    if (rejected !== undefined) throw this.#notHealthy(connectors.find(id), rejected);
  }

  #notHealthy(managed: ManagedConnector | undefined, { rejected }: Extract<Applied, { outcome: "rejected" }>): Refusal {
    const { version, error } = rejected;
    const { place, fix } = error;
    const running = managed?.source.version ?? null;
    const message = `Version ${version} did not become healthy, version ${running} runs again: ${error.message}`;
    return new Refusal("not_healthy", message, {
      code: "not_healthy",
      place,
      fix,
      details: { version: version ?? null, running_version: running, code: error.code },
    });
  }

  async #show(read: ReadConnector): Promise<Shown> {
    const present = this.#options.connectors.find(read)?.source;
    return shownConfig(read, present?.version === read.version, await this.#masking(read));
  }

  async #masking(read: ReadConnector): Promise<Masking> {
    const { catalog, redact } = this.#options;
    return { plugin: await catalog.describe(read.type, read.path), redact };
  }
}
