import { resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ConnectorType } from "../shared/task/task-spec.ts";
import type { ApiListener } from "./api/listener.ts";
import type { ApiControls, ApiSubject } from "./api/server.ts";
import type { LoadedConnector } from "./config/connector-files/definition.ts";
import type { ConfigProblem } from "./config/problem.ts";
import { createProvider } from "./config/providers/create-provider.ts";
import type { ConfigProvider } from "./config/providers/provider.ts";
import type { LoadedRuntimeConfig } from "./config/runtime-file/load.ts";
import { iggyAccess } from "./iggy/access.ts";
import { OperatorSession } from "./iggy/operator-session.ts";
import type { RuntimeLog } from "./logging/runtime-log.ts";
import type { MetricsInput } from "./metrics/render.ts";
import { PluginCatalog } from "./plugins/catalog.ts";
import type { Resolved } from "./plugins/resolve.ts";
import { ConnectorObserver, type RuntimeEvent } from "./supervisor/observation/connector-observer.ts";
import { Connectors } from "./supervisor/connectors/connectors.ts";
import { Intents } from "./supervisor/connectors/desired-states.ts";
import type { ConnectorHost } from "./supervisor/connectors/managed-connector.ts";
import type { Placement } from "./supervisor/placements/placement.ts";
import { Reconciler } from "./supervisor/reconciliation/reconciler.ts";
import { RuntimeEvents } from "./supervisor/observation/runtime-events.ts";
import type { ConnectorSnapshot } from "./supervisor/connectors/snapshot.ts";
import { TapHub } from "./tap/hub.ts";
import type { Telemetry } from "./telemetry/telemetry.ts";

export interface ControlPlaneOptions {
  readonly loaded: LoadedRuntimeConfig;
  readonly workingDirectory: string;
  readonly log: RuntimeLog;
  readonly listener: ApiListener | undefined;
  readonly onEvent: (event: RuntimeEvent) => void;
  readonly place: Placement;
  readonly runtimeModules: readonly string[];
  readonly telemetry: Telemetry | undefined;
}

/** Milliseconds that the API waits for a remote provider, so that who asks at once finds its connectors. */
const FIRST_LOOK = 1000;

/** Knows what should run, keeps it running, and shows it. No message passes through here. */
export class ControlPlane implements ApiSubject {
  readonly #options: ControlPlaneOptions;
  readonly #startedAt = Date.now();
  readonly #configDirectory: string;
  readonly #intents: Intents;
  readonly #provider: ConfigProvider;
  readonly #catalog: PluginCatalog;
  readonly #connectors: Connectors;
  readonly #reconciler: Reconciler;
  readonly #operator: OperatorSession;
  readonly #events = new RuntimeEvents();
  readonly #tap = new TapHub(
    (id) => this.#connectors.find(id)?.refreshTap(),
    (id) => this.#connectors.find(id)?.source.config?.tap === true,
  );
  readonly #ended = new AbortController();
  readonly #over = new AbortController();
  #closeApi: () => Promise<unknown> = async () => {};

  /** Throws `ConnectorError` (`IGC_STATE_DESIRED`). */
  constructor(options: ControlPlaneOptions) {
    this.#options = options;
    const { loaded, workingDirectory, log, runtimeModules, telemetry } = options;
    const { config, environment } = loaded;
    this.#configDirectory = resolve(workingDirectory, config.connectors.config_dir);
    const configDirectory = this.#configDirectory;
    this.#intents = Intents.read(resolve(workingDirectory, config.state.path));
    this.#catalog = new PluginCatalog({ configDirectory, workingDirectory, runtimeModules }, environment);
    this.#provider = createProvider(loaded, {
      workingDirectory,
      secret: (value) => log.redaction.add(value),
      ended: this.#ended.signal,
      tracing: telemetry,
    });
    this.#events.listen(options.onEvent);
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
      controls: await this.#controls(),
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
    // A redelivery that still runs ends as if it were killed: none is lost, one group may come again.
    this.#over.abort();
    await this.#operator.close();
    log.logger().info("stopped");
  }

  connectors(): ConnectorSnapshot[] {
    return this.#connectors.snapshots();
  }

  overview(): MetricsInput {
    const droppedTelemetry = this.#options.telemetry?.dropped;
    return { connectors: this.connectors(), configured: this.#connectors.configured, droppedTelemetry };
  }

  connector(type: ConnectorType, key: string): ConnectorSnapshot | undefined {
    return this.#connectors.find({ type, key })?.snapshot();
  }

  errors(): readonly ConfigProblem[] {
    return this.#reconciler.problems;
  }

  async #controls(): Promise<ApiControls> {
    const { createControls } = await import("./operations/create-controls.ts");
    const { loaded, workingDirectory, log } = this.#options;
    return createControls({
      ...{ loaded, workingDirectory, log },
      configDirectory: this.#configDirectory,
      provider: this.#provider,
      catalog: this.#catalog,
      connectors: this.#connectors,
      reconciler: this.#reconciler,
      intents: this.#intents,
      operator: this.#operator,
      tap: this.#tap,
      events: this.#events,
      ended: this.#over.signal,
    });
  }

  #host(): ConnectorHost {
    const { loaded, workingDirectory, log, place } = this.#options;
    const { redact, onState, onLogs, onDescribed, onRejected } = new ConnectorObserver({
      log,
      catalog: this.#catalog,
      onEvent: this.#events.tell,
    });
    return {
      config: loaded.config,
      environment: loaded.environment,
      workingDirectory,
      place,
      logLevel: log.workerLevel,
      resolvePlugin: (connector) => this.#resolve(connector),
      ...{ redact, onState, onLogs, onDescribed, onRejected },
      tapOf: (connector) => this.#tap.settingsOf(connector),
      onTapped: (connector, messages) => this.#tap.publish(connector, messages),
    };
  }

  #resolve(connector: LoadedConnector): Resolved {
    const resolved = this.#catalog.resolve(connector.type, connector.config.path);
    return "problem" in resolved ? { problem: { ...resolved.problem, file: connector.file } } : resolved;
  }
}
