import type { RequestListener } from "node:http";
import { resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ConnectorType, TaskSpec } from "../shared/task/task-spec.ts";
import type { ApiControls, ApiSubject } from "./api/dependencies.ts";
import type { ApiListener } from "./api/listener.ts";
import type { ValidDefinition } from "./config/connector-files/definition.ts";
import { toTaskSpecs } from "./config/connector-files/task-specs.ts";
import { type ConfigProblem, causeOf } from "./config/problem.ts";
import { createProvider } from "./config/providers/create-provider.ts";
import type { ConfigProvider } from "./config/providers/provider.ts";
import type { LoadedRuntimeConfig } from "./config/runtime-file/load.ts";
import { iggyAccess } from "./iggy/access.ts";
import { OperatorSession } from "./iggy/operator-session.ts";
import type { RuntimeLog } from "./logging/runtime-log.ts";
import type { MetricsInput } from "./metrics/metrics-input.ts";
import { RateMeter } from "./metrics/rate-meter.ts";
import { LagMonitor } from "./operations/offsets/lag-monitor.ts";
import { AllowedModules } from "./plugins/allowed-modules.ts";
import { PluginCatalog } from "./plugins/catalog.ts";
import { checkConnector } from "./plugins/check-connector.ts";
import type { Resolved } from "./plugins/resolve.ts";
import { Connectors } from "./supervisor/connectors/connectors.ts";
import { DesiredStates } from "./supervisor/connectors/desired-states.ts";
import type { ConnectorDependencies } from "./supervisor/connectors/managed-connector.ts";
import type { ConnectorSnapshot } from "./supervisor/connectors/snapshot.ts";
import { ConnectorObserver, type RuntimeEvent } from "./supervisor/observation/connector-observer.ts";
import { RuntimeEvents } from "./supervisor/observation/runtime-events.ts";
import type { Placement } from "./supervisor/placements/placement.ts";
import { Reconciler } from "./supervisor/reconciliation/reconciler.ts";
import { TapHub } from "./tap/hub.ts";
import type { Telemetry } from "./telemetry/telemetry.ts";

export interface ControlPlaneOptions {
  readonly loaded: LoadedRuntimeConfig;
  readonly workingDirectory: string;
  readonly log: RuntimeLog;
  readonly listener: ApiListener | undefined;
  readonly onEvent: (event: RuntimeEvent) => void;
  readonly place: Placement;
  readonly telemetry: Telemetry | undefined;
}

/** Milliseconds that the API waits for a remote provider at the start, so that its first requests find the connectors. */
const FIRST_LOAD_TIMEOUT = 1000;

/** Knows what should run, keeps it running, and shows it. No messages pass through it. */
export class ControlPlane implements ApiSubject {
  readonly #options: ControlPlaneOptions;
  readonly #startedAt = Date.now();
  readonly #configDirectory: string;
  readonly #desiredStates: DesiredStates;
  readonly #provider: ConfigProvider;
  readonly #catalog: PluginCatalog;
  readonly #modules: AllowedModules;
  readonly #connectors: Connectors;
  readonly #reconciler: Reconciler;
  readonly #operator: OperatorSession;
  readonly #lag: LagMonitor;
  readonly #rates = new RateMeter(() => this.#connectors.snapshots());
  readonly #events = new RuntimeEvents();
  readonly #tap = new TapHub(
    (id) => this.#connectors.find(id)?.refreshTap(),
    (id) => this.#connectors.find(id)?.definition.config?.tap === true,
  );
  /** Aborted when the connectors are about to stop: the provider sends no more requests. */
  readonly #stopping = new AbortController();
  /** Aborted when everything has stopped: operators' work ends. */
  readonly #ended = new AbortController();
  #closeApi: () => Promise<unknown> = async () => {};

  /** Throws `ConnectorError` (`IGC_STATE_DESIRED`). */
  constructor(options: ControlPlaneOptions) {
    this.#options = options;
    const { loaded, workingDirectory, log, telemetry } = options;
    const { config, environment } = loaded;
    this.#configDirectory = resolve(workingDirectory, config.connectors.config_dir);
    const configDirectory = this.#configDirectory;
    this.#desiredStates = DesiredStates.read(resolve(workingDirectory, config.state.path));
    this.#catalog = new PluginCatalog({ configDirectory, workingDirectory }, environment);
    this.#modules = new AllowedModules({
      ...{ catalog: this.#catalog, workingDirectory, configDirectory },
      allowedPaths: config.connectors.allowed_paths,
    });
    this.#provider = createProvider(loaded, {
      workingDirectory,
      modules: this.#modules,
      secret: (value) => log.redaction.add(value),
      ended: this.#stopping.signal,
      tracing: telemetry,
    });
    this.#events.listen(options.onEvent);
    this.#connectors = new Connectors(this.#desiredStates, this.#dependencies());
    this.#operator = new OperatorSession(iggyAccess(config.iggy, workingDirectory));
    this.#lag = new LagMonitor({
      client: this.#operator.client,
      connectors: () => this.#connectors.snapshots(),
      topicsOf: ({ connector }) => (connector === undefined ? undefined : this.#topicsOf(connector)),
    });
    this.#events.listen((event) => {
      if (event.type === "state" && event.to !== "running") void this.#lag.refresh();
    });
    const { restart } = config.connectors;
    this.#reconciler = new Reconciler({
      provider: this.#provider,
      connectors: this.#connectors,
      log,
      retry: restart,
    });
  }

  /**
   * Starts the workers, then answers the API. It waits for a remote provider for a moment only: after that the API reports
   * whether it has answered.
   */
  async start(): Promise<void> {
    const { loaded, listener, log } = this.#options;
    const first = this.#reconciler.start();
    if (loaded.config.connectors.config_type === "local") await first;
    else await Promise.race([first, sleep(FIRST_LOAD_TIMEOUT, undefined, { ref: false })]);
    this.#lag.start();
    this.#rates.start();
    if (listener === undefined) return;
    listener.serve(() => this.#makeApi());
    log.logger().info("HTTP API is listening", { address: listener.address });
  }

  async #makeApi(): Promise<RequestListener> {
    const { loaded, log } = this.#options;
    try {
      const { createApi } = await import("./api/server.ts");
      const app = await createApi({
        config: loaded.config.http,
        subject: this,
        controls: await this.#controls(),
        redact: (text) => log.redaction.text(text),
        startedAt: this.#startedAt,
        loaded: () => this.#reconciler.loaded,
        log: log.logger(),
      });
      this.#closeApi = () => app.close();
      return (request, response) => app.routing(request, response);
    } catch (error) {
      log.logger().error("the HTTP API cannot be loaded", { error: causeOf(error) });
      throw error;
    }
  }

  async stop(): Promise<void> {
    const { loaded, listener, log } = this.#options;
    log.logger().info("stopping");
    this.#stopping.abort();
    this.#reconciler.stop();
    this.#lag.stop();
    this.#rates.stop();
    await this.#connectors.stop(loaded.config.shutdown_timeout);
    await listener?.close();
    await this.#closeApi();
    // A replay of dead letters that still runs ends as if it were killed: none is lost, one group may be delivered again.
    this.#ended.abort();
    await this.#operator.close();
    log.logger().info("stopped");
  }

  connectors(): ConnectorSnapshot[] {
    return this.#connectors.snapshots().map((snapshot) => this.#completed(snapshot));
  }

  overview(): MetricsInput {
    const droppedTelemetry = this.#options.telemetry?.dropped;
    return { connectors: this.connectors(), configured: this.#connectors.configured, droppedTelemetry };
  }

  connector(type: ConnectorType, key: string): ConnectorSnapshot | undefined {
    const snapshot = this.#connectors.find({ type, key })?.snapshot();
    return snapshot === undefined ? undefined : this.#completed(snapshot);
  }

  #completed(snapshot: ConnectorSnapshot): ConnectorSnapshot {
    return { ...this.#lag.complete(snapshot), rate: this.#rates.of(snapshot) };
  }

  errors(): readonly ConfigProblem[] {
    const { problem } = this.#desiredStates;
    return problem === undefined ? this.#reconciler.problems : [problem, ...this.#reconciler.problems];
  }

  async #controls(): Promise<ApiControls> {
    const { createControls } = await import("./operations/create-controls.ts");
    const { loaded, workingDirectory, log } = this.#options;
    return createControls({
      ...{ loaded, workingDirectory, log },
      configDirectory: this.#configDirectory,
      provider: this.#provider,
      catalog: this.#catalog,
      modules: this.#modules,
      connectors: this.#connectors,
      reconciler: this.#reconciler,
      desiredStates: this.#desiredStates,
      operator: this.#operator,
      tap: this.#tap,
      events: this.#events,
      ended: this.#ended.signal,
    });
  }

  #dependencies(): ConnectorDependencies {
    const { loaded, workingDirectory, log, place } = this.#options;
    const { onState, onLogs, onDescribed, onRejected, onPlaced } = new ConnectorObserver({
      log,
      catalog: this.#catalog,
      onEvent: this.#events.emit,
    });
    return {
      config: loaded.config,
      environment: loaded.environment,
      workingDirectory,
      place,
      logLevel: log.workerLevel,
      resolvePlugin: (connector) => this.#resolve(connector),
      redact: (text) => log.redaction.text(text),
      tryCode: async (connector) => {
        const check = { catalog: this.#catalog, runtime: loaded.config, workingDirectory, connect: false };
        const { findings } = await checkConnector(connector, check);
        return findings.find(({ severity }) => severity === "error");
      },
      ...{ onState, onLogs, onDescribed, onRejected, onPlaced },
      tapSettings: (connector) => this.#tap.settingsOf(connector),
      onTapped: (connector, messages) => this.#tap.publish(connector, messages),
    };
  }

  /** By its configuration alone: its plugin may be missing. */
  #topicsOf(connector: ValidDefinition): TaskSpec | undefined {
    const { loaded, workingDirectory, log } = this.#options;
    const plugin = { path: connector.config.path, url: "" };
    return toTaskSpecs(connector, { runtime: loaded.config, plugin, workingDirectory, logLevel: log.workerLevel })[0];
  }

  #resolve(connector: ValidDefinition): Resolved {
    const resolved = this.#catalog.resolve(connector.type, connector.config.path);
    return "problem" in resolved ? { problem: { ...resolved.problem, file: connector.file } } : resolved;
  }
}
