import { formatKey } from "../../../shared/key-path.ts";
import type { ConnectorDefinition } from "../../config/connector-files/definition.ts";
import type { ConnectorIdentity } from "../../config/connector-identity.ts";
import type { ConfigProblem } from "../../config/problem.ts";
import { type ConfigProvider, type ConnectorVersions, VersionNotFoundError } from "../../config/providers/provider.ts";
import type { PluginCatalog } from "../../plugins/catalog.ts";
import type { Connectors } from "../../supervisor/connectors/connectors.ts";
import type { DesiredState, DesiredStates } from "../../supervisor/connectors/desired-states.ts";
import type { ApplyResult, ManagedConnector } from "../../supervisor/connectors/managed-connector.ts";
import type { Reconciler } from "../../supervisor/reconciliation/reconciler.ts";
import { findingShape, invalidConfiguration, invalidSince, Refusal, unknownConnector } from "../refusal.ts";
import type { Acceptance } from "./acceptance.ts";
import { changesBetween } from "./changes.ts";
import type { PurgeTarget } from "./purge.ts";
import { type ConfigFormat, type Rendered, render } from "./rendering.ts";
import { type Masking, shownConfig, shownPluginConfig, shownTransforms } from "./shown-config.ts";

export interface AdministrationOptions {
  readonly provider: ConfigProvider;
  readonly connectors: Connectors;
  readonly reconciler: Reconciler;
  readonly catalog: PluginCatalog;
  readonly desiredStates: DesiredStates;
  /** Something that an operator should know was done only in part. */
  readonly onProblem: (problem: ConfigProblem) => void;
  readonly acceptance: Acceptance;
  /** Masks the known secrets in a text. */
  readonly redact: (text: string) => string;
  readonly purge: (connector: ConnectorDefinition, targets: ReadonlySet<PurgeTarget>) => Promise<void>;
}

type Shown = ReturnType<typeof shownConfig>;

/**
 * What an operator can do with connectors and their configurations. Each operation reads the configuration once, works on
 * what it read, and lets the reconciler follow its changes. Throws `Refusal`, and what the provider throws.
 */
export class Administration {
  readonly #options: AdministrationOptions;

  constructor(options: AdministrationOptions) {
    this.#options = options;
  }

  async versions(id: ConnectorIdentity): Promise<Shown[]> {
    this.#managed(id);
    const versions = await this.#options.provider.open(id);
    return Promise.all((await versions.list()).map((version) => this.#show(version)));
  }

  async version(id: ConnectorIdentity, version: number): Promise<Shown> {
    this.#managed(id);
    const versions = await this.#options.provider.open(id);
    const found = await versions.get(version);
    if (found === undefined) throw new VersionNotFoundError(id, version);
    return this.#show(found);
  }

  /** The current configuration. */
  async active(id: ConnectorIdentity): Promise<Shown> {
    const { definition } = this.#managed(id);
    return shownConfig(definition, true, await this.#masking(definition));
  }

  transforms(id: ConnectorIdentity): ReturnType<typeof shownTransforms> {
    return shownTransforms(this.#managed(id).definition, this.#options);
  }

  /** `undefined`: there are no settings. */
  async pluginConfig(id: ConnectorIdentity, format: ConfigFormat | undefined): Promise<Rendered | undefined> {
    const { definition } = this.#managed(id);
    const config = shownPluginConfig(definition, await this.#masking(definition));
    if (config === undefined) return undefined;
    return render(config, format ?? definition.config?.plugin_config_format ?? "toml");
  }

  /** Stores a version beside the one that runs. The first version of a new connector runs at once. */
  async create(id: ConnectorIdentity, body: unknown): Promise<Shown> {
    const { provider, acceptance, reconciler } = this.#options;
    const versions = await provider.open(id);
    const { document } = await acceptance.accept(id, versions, body);
    const created = await versions.create(document);
    await reconciler.follow();
    return shownConfig(created, false, await this.#masking(created));
  }

  /** Makes a version the one that runs. If it does not become healthy, the one before is activated again. */
  async activate(id: ConnectorIdentity, version: number): Promise<void> {
    const versions = await this.#options.provider.open(id);
    await this.#activate(id, versions, version, await versions.active());
  }

  /** Removes a version, or the activated one where none is given. Then the active version runs. */
  async removeVersion(id: ConnectorIdentity, version: number | undefined): Promise<void> {
    const { provider, reconciler } = this.#options;
    const versions = await provider.open(id);
    await versions.remove(version);
    await reconciler.follow();
  }

  /** Creates a connector, or replaces its configuration by a new version that runs. */
  async put(id: ConnectorIdentity, body: unknown) {
    const { provider, acceptance, connectors } = this.#options;
    const versions = await provider.open(id);
    const accepted = await acceptance.accept(id, versions, body);
    const before = await versions.active();
    const same = before !== undefined && changesBetween(before, accepted.connector).length === 0;
    const created = same ? before : await versions.create(accepted.document);
    await this.#activate(id, versions, created.version ?? 0, before);
    const managed = connectors.find(id);
    // There is nothing to fall back to from a first version: how its start went is part of the answer.
    await managed?.waitForStart();
    return {
      config: shownConfig(created, true, await this.#masking(created)),
      outcome: same ? ("unchanged" as const) : before === undefined ? ("created" as const) : ("replaced" as const),
      snapshot: managed?.snapshot(),
      findings: accepted.problems.map(findingShape),
    };
  }

  /** What `put` would do. */
  async preview(id: ConnectorIdentity, body: unknown) {
    const { provider, acceptance } = this.#options;
    const versions = await provider.open(id);
    const { connector, problems } = await acceptance.check(id, versions, body);
    const changes = changesBetween(await versions.active(), connector).map((path) => formatKey(path));
    const valid = problems.every(({ severity }) => severity !== "error");
    return { valid, findings: problems.map(findingShape), changes };
  }

  /** Stops a connector, removes all its versions, and purges what is asked for. */
  async remove(id: ConnectorIdentity, targets: ReadonlySet<PurgeTarget>): Promise<void> {
    const { provider, connectors, reconciler, desiredStates, purge } = this.#options;
    const managed = connectors.find(id);
    const versions = await provider.open(id);
    if (managed === undefined && (await versions.list()).length === 0) throw unknownConnector(id);
    const definition = managed?.definition ?? (await versions.active());
    // Only a valid configuration says what there is to purge.
    if (targets.size > 0 && definition?.config === undefined) throw invalidConfiguration(definition?.errors ?? []);
    await versions.removeAll();
    await connectors.remove(id);
    await reconciler.follow();
    await desiredStates.set(id, "running");
    if (definition !== undefined && targets.size > 0) await purge(definition, targets);
  }

  /** Stops and starts a connector with its active version. */
  async restart(id: ConnectorIdentity): Promise<void> {
    const { provider, desiredStates } = this.#options;
    const managed = this.#managed(id);
    const versions = await provider.open(id);
    const active = (await versions.active()) ?? managed.definition;
    this.#refuseDisabled(active);
    if (active.errors.length > 0) throw invalidConfiguration(active.errors);
    await desiredStates.set(id, "running");
    const result = await managed.restart(active);
    if (result.outcome === "rejected") throw this.#notHealthy(managed, result);
    const { state, lastError } = managed.snapshot();
    if (state === "failed" && lastError !== undefined) throw invalidSince(lastError);
  }

  /** Kept over restarts of the process. */
  async setDesiredState(id: ConnectorIdentity, state: DesiredState): Promise<void> {
    const managed = this.#managed(id);
    if (state === "running") this.#refuseDisabled(managed.definition);
    await this.#options.desiredStates.set(id, state);
    await managed.setDesiredState(state);
    const { problem } = this.#options.desiredStates;
    if (problem !== undefined) this.#options.onProblem(problem);
  }

  #managed(id: ConnectorIdentity): ManagedConnector {
    const managed = this.#options.connectors.find(id);
    if (managed === undefined) throw unknownConnector(id);
    return managed;
  }

  #refuseDisabled({ enabled, type, key }: ConnectorDefinition): void {
    if (enabled) return;
    throw new Refusal("conflict", `The ${type} ${key} is disabled`, {
      code: "disabled",
      place: "enabled",
      fix: "activate a version with enabled = true",
    });
  }

  /** Activates a version and runs it. If it does not become healthy, `before` is activated again. */
  async #activate(
    id: ConnectorIdentity,
    versions: ConnectorVersions,
    version: number,
    before: ConnectorDefinition | undefined,
  ): Promise<void> {
    const { connectors, reconciler } = this.#options;
    await versions.activate(version);
    const active = await versions.active();
    const result = active === undefined ? undefined : await connectors.apply(active);
    const rejected = result?.outcome === "rejected" ? result : undefined;
    if (rejected !== undefined && before?.version !== undefined && before.version !== version) {
      await versions.activate(before.version);
    }
    await reconciler.follow();
    if (rejected !== undefined) throw this.#notHealthy(connectors.find(id), rejected);
  }

  #notHealthy(
    managed: ManagedConnector | undefined,
    { rejected }: Extract<ApplyResult, { outcome: "rejected" }>,
  ): Refusal {
    const { version, error } = rejected;
    const { place, fix } = error;
    const running = managed?.definition.version ?? null;
    const message = `Version ${version} did not become healthy; version ${running} runs again: ${error.message}`;
    return new Refusal("not_healthy", message, {
      code: "not_healthy",
      place,
      fix,
      details: { version: version ?? null, running_version: running, code: error.code },
    });
  }

  async #show(definition: ConnectorDefinition): Promise<Shown> {
    const current = this.#options.connectors.find(definition)?.definition;
    return shownConfig(definition, current?.version === definition.version, await this.#masking(definition));
  }

  async #masking(definition: ConnectorDefinition): Promise<Masking> {
    const { catalog, redact } = this.#options;
    return { plugin: await catalog.describe(definition.type, definition.path), redact };
  }
}
