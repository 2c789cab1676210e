import { resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Acceptance } from "./administration/acceptance.ts";
import { Administration } from "./administration/administration.ts";
import { invalidConfiguration, unknownConnector } from "./administration/errors.ts";
import { redeliverThroughConnector, setOffsets } from "./administration/jobs.ts";
import { Letters } from "./administration/letters.ts";
import { Positions } from "./administration/positions.ts";
import { purge } from "./administration/purge.ts";
import { Validation } from "./administration/validation.ts";
import type { ApiListener } from "./api/listener.ts";
import type { ApiControls, ApiSubject } from "./api/server.ts";
import { isLoaded, type LoadedConnector } from "./config/connector-files/read-connector.ts";
import { toTaskSpecs } from "./config/connector-files/task-specs.ts";
import type { ConfigProblem } from "./config/problem.ts";
import { createProvider } from "./config/providers/create-provider.ts";
import type { ConfigProvider, ConnectorIdentity } from "./config/providers/provider.ts";
import type { LoadedRuntimeConfig } from "./config/runtime-file/load.ts";
import { Readiness } from "./health/readiness.ts";
import { iggyAccess } from "./iggy/access.ts";
import { OperatorSession } from "./iggy/operator-session.ts";
import type { JobOptions } from "./jobs/job-worker.ts";
import { connectorLine } from "./logging/connector-lines.ts";
import type { RuntimeLog } from "./logging/runtime-log.ts";
import type { MetricsInput } from "./metrics/render.ts";
import { PluginCatalog } from "./plugins/catalog.ts";
import type { Resolved } from "./plugins/resolve.ts";
import { Reconciler } from "./reconciliation/reconciler.ts";
import { ConnectorObserver, type RuntimeEvent } from "./supervisor/connector-observer.ts";
import { Connectors } from "./supervisor/connectors.ts";
import { Intents } from "./supervisor/intents.ts";
import type { ConnectorHost, ManagedConnector } from "./supervisor/managed-connector.ts";
import type { Placement } from "./supervisor/placements/placement.ts";
import type { ConnectorSnapshot } from "./supervisor/snapshot.ts";
import type { ConnectorType, TaskSpec } from "./task/protocol.ts";

export interface ControlPlaneOptions {
  readonly loaded: LoadedRuntimeConfig;
  readonly workingDirectory: string;
  readonly log: RuntimeLog;
  readonly listener: ApiListener | undefined;
  readonly onEvent: (event: RuntimeEvent) => void;
  readonly place: Placement;
  readonly runtimeModules: readonly string[];
}

/** Bytes of heap for a job of a connector whose own limit is not known. */
const JOB_MEMORY = 256 * 1024 * 1024;

/** Milliseconds that the API waits for a remote provider, so that who asks at once finds its connectors. */
const FIRST_LOOK = 1000;

/** Knows what should run, keeps it running, and shows it. No message passes through here. */
export class ControlPlane implements ApiSubject {
  readonly #options: ControlPlaneOptions;
  readonly #startedAt = Date.now();
  readonly #intents: Intents;
  readonly #provider: ConfigProvider;
  readonly #catalog: PluginCatalog;
  readonly #connectors: Connectors;
  readonly #reconciler: Reconciler;
  readonly #operator: OperatorSession;
  readonly #ended = new AbortController();
  #closeApi: () => Promise<unknown> = async () => {};

  /** Throws `ConnectorError` (`IGC_STATE_DESIRED`). */
  constructor(options: ControlPlaneOptions) {
    this.#options = options;
    const { loaded, workingDirectory, log, runtimeModules } = options;
    const { config, environment } = loaded;
    const configDirectory = resolve(workingDirectory, config.connectors.config_dir);
    this.#intents = Intents.read(resolve(workingDirectory, config.state.path));
    this.#catalog = new PluginCatalog({ configDirectory, workingDirectory, runtimeModules }, environment);
    this.#provider = createProvider(loaded, {
      workingDirectory,
      secret: (value) => log.redaction.add(value),
      ended: this.#ended.signal,
    });
    this.#connectors = new Connectors(this.#intents, this.#host());
    this.#operator = new OperatorSession(iggyAccess(config.iggy, workingDirectory));
    const { restart } = config.connectors;
    this.#reconciler = new Reconciler({
      provider: this.#provider,
      connectors: this.#connectors,
      log,
      retry: restart,
    });
  }

  /**
   * Starts the workers first, so that they load while this thread loads the API's framework. A remote provider is waited
   * for a moment only: after that the API says how far it is.
   */
  async start(): Promise<void> {
    const { loaded, listener, log } = this.#options;
    const first = this.#reconciler.start();
    if (loaded.config.connectors.config_type === "local") await first;
    else await Promise.race([first, sleep(FIRST_LOOK, undefined, { ref: false })]);
    if (listener === undefined) return;
    const { createApi } = await import("./api/server.ts");
    const app = await createApi({
      config: loaded.config.http,
      subject: this,
      controls: this.#controls(),
      redact: (text) => log.redaction.text(text),
      startedAt: this.#startedAt,
    });
    this.#closeApi = () => app.close();
    listener.serve((request, response) => app.routing(request, response));
    log.logger().info("HTTP API is listening", { address: listener.address });
  }

  async stop(): Promise<void> {
    const { loaded, listener, log } = this.#options;
    log.logger().info("stopping");
    this.#ended.abort();
    this.#reconciler.stop();
    await this.#connectors.stop(loaded.config.shutdown_timeout);
    await listener?.close();
    await this.#closeApi();
    await this.#operator.close();
    log.logger().info("stopped");
  }

  connectors(): ConnectorSnapshot[] {
    return this.#connectors.snapshots();
  }

  overview(): MetricsInput {
    return { connectors: this.connectors(), configured: this.#connectors.configured };
  }

  connector(type: ConnectorType, key: string): ConnectorSnapshot | undefined {
    return this.#connectors.find({ type, key })?.snapshot();
  }

  errors(): readonly ConfigProblem[] {
    return this.#reconciler.problems;
  }

  #controls(): ApiControls {
    const { loaded, workingDirectory } = this.#options;
    const { config } = loaded;
    const catalog = this.#catalog;
    const provider = this.#provider;
    const acceptance = new Acceptance({
      provider,
      catalog,
      allowedPaths: config.connectors.allowed_paths,
      workingDirectory,
    });
    const { client } = this.#operator;
    const specOf = (id: ConnectorIdentity): TaskSpec => this.#taskSpec(id);
    return {
      catalog,
      letters: new Letters({
        client,
        specOf,
        redeliver: (spec) => redeliverThroughConnector(spec, this.#jobOptions(spec)),
      }),
      positions: new Positions({
        client,
        specOf,
        suspended: async (id, work) => this.#managed(id).suspended(work),
        setOffsets: (spec, starts) => setOffsets(spec, starts, this.#jobOptions(spec)),
      }),
      administration: new Administration({
        provider,
        catalog,
        acceptance,
        connectors: this.#connectors,
        reconciler: this.#reconciler,
        intents: this.#intents,
        purge: async (source, targets) => {
          if (isLoaded(source)) await purge(source, this.#specOf(source), targets, this.#operator.client);
        },
      }),
      validation: new Validation({ acceptance, catalog, runtime: config, workingDirectory }),
      readiness: new Readiness({
        loaded: () => this.#reconciler.loaded,
        connectors: () => this.connectors(),
        iggyAddress: config.iggy.address,
      }),
    };
  }

  #managed(id: ConnectorIdentity): ManagedConnector {
    const managed = this.#connectors.find(id);
    if (managed === undefined) throw unknownConnector(id);
    return managed;
  }

  /** What the first task of a connector is given, for work beside its tasks. Throws `Refusal`. */
  #taskSpec(id: ConnectorIdentity): TaskSpec {
    const { loaded, workingDirectory, log } = this.#options;
    const { source } = this.#managed(id);
    if (!isLoaded(source)) throw invalidConfiguration(source.errors);
    const resolved = this.#resolve(source);
    if ("problem" in resolved) throw invalidConfiguration([resolved.problem]);
    const plugin = { path: source.config.path, url: resolved.url };
    const context = { runtime: loaded.config, plugin, workingDirectory, logLevel: log.workerLevel };
    return toTaskSpecs(source, context)[0]!;
  }

  #jobOptions({ type, key }: TaskSpec): JobOptions {
    const { loaded, log } = this.#options;
    return {
      memoryLimit: this.#managed({ type, key }).source.config?.memory_limit ?? JOB_MEMORY,
      environment: loaded.environment,
      onLogs: (lines) => {
        for (const line of lines) log.add(connectorLine(type, key, line));
      },
    };
  }

  #specOf(connector: LoadedConnector): TaskSpec | undefined {
    const { loaded, workingDirectory, log } = this.#options;
    const plugin = { path: connector.config.path, url: "" };
    return toTaskSpecs(connector, { runtime: loaded.config, plugin, workingDirectory, logLevel: log.workerLevel })[0];
  }

  #host(): ConnectorHost {
    const { loaded, workingDirectory, log, place, onEvent } = this.#options;
    const { redact, onState, onLogs, onDescribed, onRejected } = new ConnectorObserver({
      log,
      catalog: this.#catalog,
      onEvent,
    });
    return {
      config: loaded.config,
      environment: loaded.environment,
      workingDirectory,
      place,
      logLevel: log.workerLevel,
      resolvePlugin: (connector) => this.#resolve(connector),
      ...{ redact, onState, onLogs, onDescribed, onRejected },
    };
  }

  #resolve(connector: LoadedConnector): Resolved {
    const resolved = this.#catalog.resolve(connector.type, connector.config.path);
    return "problem" in resolved ? { problem: { ...resolved.problem, file: connector.file } } : resolved;
  }
}
