import { resolve } from "node:path";
import type { ApiListener } from "./api/listener.ts";
import type { ApiSubject } from "./api/server.ts";
import { type ConnectorSet, type LoadedConnector, loadConnectorFiles } from "./config/connector-files/load.ts";
import { formatKey } from "./config/key-path.ts";
import type { ConfigProblem } from "./config/problem.ts";
import type { LoadedRuntimeConfig } from "./config/runtime-file/load.ts";
import type { SchemaNode } from "./config/schema/schema-tree.ts";
import { unknownKeys } from "./config/schema/unknown-keys.ts";
import { connectorLine } from "./logging/connector-lines.ts";
import { severity } from "./logging/log-line.ts";
import type { RuntimeLog } from "./logging/runtime-log.ts";
import type { MetricsInput } from "./metrics/render.ts";
import { type Resolved, resolvePlugin } from "./plugins/resolve.ts";
import type { ConnectorHost, ConnectorSupervisor } from "./supervisor/connector-supervisor.ts";
import { Connectors } from "./supervisor/connectors.ts";
import type { ConnectorSnapshot } from "./supervisor/snapshot.ts";
import type { ConnectorType, PluginDescription, TaskError, TaskState } from "./task/protocol.ts";

/** Something an observer may want to show at once. */
export interface RuntimeEvent {
  readonly type: "state";
  readonly connector: { readonly type: ConnectorType; readonly key: string };
  readonly from: TaskState;
  readonly to: TaskState;
  readonly lastError: TaskError | undefined;
}

export interface ControlPlaneOptions {
  readonly loaded: LoadedRuntimeConfig;
  readonly workingDirectory: string;
  readonly log: RuntimeLog;
  readonly listener: ApiListener | undefined;
  readonly onEvent: (event: RuntimeEvent) => void;
  readonly workerUrl: URL;
  readonly runtimeModules: readonly string[];
}

/** States that an operator should read of in the log as more than news. */
const ALARMING: ReadonlyMap<TaskState, "warn" | "error"> = new Map([
  ["retrying", "warn"],
  ["blocked", "error"],
  ["failed", "error"],
]);

const NO_CONNECTORS: MetricsInput["configured"] = { source: 0, sink: 0 };

/** Knows what should run, keeps it running, and shows it. No message passes through here. */
export class ControlPlane implements ApiSubject {
  readonly #options: ControlPlaneOptions;
  readonly #startedAt = Date.now();
  readonly #configDirectory: string;
  #connectors: Connectors | undefined;
  #set: ConnectorSet | undefined;
  #closeApi: () => Promise<unknown> = async () => {};
  /** Connectors whose plugin settings were looked at. */
  readonly #inspected = new Set<string>();

  constructor(options: ControlPlaneOptions) {
    this.#options = options;
    this.#configDirectory = resolve(options.workingDirectory, options.loaded.config.connectors.config_dir);
  }

  /** Starts the workers first, so that they load while this thread loads the API's framework. */
  async start(): Promise<void> {
    const { loaded, workingDirectory, log, listener } = this.#options;
    const { config, environment, strict, file: runtimeFile } = loaded;
    const folder = this.#configDirectory;
    const set = await loadConnectorFiles({ folder, environment, workingDirectory, strict, runtimeFile });
    this.#set = set;
    this.#tellFindings(set);
    this.#connectors = new Connectors(set, this.#host());
    this.#connectors.start();
    if (listener === undefined) return;
    const { createApi } = await import("./api/server.ts");
    const app = await createApi({ config: config.http, subject: this, startedAt: this.#startedAt });
    this.#closeApi = () => app.close();
    listener.serve((request, response) => app.routing(request, response));
    log.logger().info("HTTP API is listening", { address: listener.address });
  }

  async stop(): Promise<void> {
    const { loaded, listener, log } = this.#options;
    log.logger().info("stopping");
    await this.#connectors?.stop(loaded.config.shutdown_timeout);
    await listener?.close();
    await this.#closeApi();
    log.logger().info("stopped");
  }

  get problems(): readonly ConfigProblem[] {
    return this.#set?.errors ?? [];
  }

  connectors(): ConnectorSnapshot[] {
    return this.#connectors?.snapshots() ?? [];
  }

  overview(): MetricsInput {
    return { connectors: this.connectors(), configured: this.#connectors?.configured ?? NO_CONNECTORS };
  }

  connector(type: ConnectorType, key: string): ConnectorSnapshot | undefined {
    return this.#connectors?.snapshot(type, key);
  }

  errors(): readonly ConfigProblem[] {
    return this.problems;
  }

  #host(): ConnectorHost {
    const { loaded, workingDirectory, log, workerUrl } = this.#options;
    return {
      config: loaded.config,
      environment: loaded.environment,
      workingDirectory,
      workerUrl,
      logLevel: log.workerLevel,
      redact: (text) => log.redaction.text(text),
      resolvePlugin: (connector) => this.#resolve(connector),
      onState: (connector, from, to) => this.#changed(connector, from, to),
      onLogs: (connector, lines) => {
        const own = connector.source.config?.log_level;
        for (const line of lines) {
          // A connector with a level of its own is not silenced by the common filter.
          const decided = own !== undefined && severity(line.level) >= severity(own);
          log.add(connectorLine(connector.type, connector.key, line), decided);
        }
      },
      onDescribed: (connector, plugin) => this.#inspect(connector, plugin),
    };
  }

  #resolve(connector: LoadedConnector): Resolved {
    const resolved = resolvePlugin({
      type: connector.type,
      path: connector.config.path,
      configDirectory: this.#configDirectory,
      workingDirectory: this.#options.workingDirectory,
      runtimeModules: this.#options.runtimeModules,
    });
    return "problem" in resolved ? { problem: { ...resolved.problem, file: connector.file } } : resolved;
  }

  #changed(supervisor: ConnectorSupervisor, from: TaskState, to: TaskState): void {
    const { type, key } = supervisor;
    const { lastError } = supervisor.snapshot();
    const level = ALARMING.get(to) ?? "info";
    this.#options.log.logger()[level](`${type} ${key} is ${to}`, {
      from,
      ...(lastError === undefined ? {} : { error: lastError.message, code: lastError.code }),
      ...(lastError?.place === undefined ? {} : { place: lastError.place }),
      ...(lastError?.fix === undefined ? {} : { fix: lastError.fix }),
    });
    this.#options.onEvent({ type: "state", connector: { type, key }, from, to, lastError });
  }

  /** Now that the plugin's schema is known: keep its secrets out of the logs, and name the keys it does not know. */
  #inspect({ type, key, source }: ConnectorSupervisor, plugin: PluginDescription): void {
    const { log } = this.#options;
    const settings = source.config?.plugin_config ?? {};
    if (this.#inspected.has(`${type}/${key}`)) return;
    this.#inspected.add(`${type}/${key}`);
    log.redaction.addMarked(plugin.configSchema, settings);
    for (const { path, suggestion } of unknownKeys(plugin.configSchema as SchemaNode, settings, ["plugin_config"])) {
      log.logger().warn("unknown key", {
        code: "IGC_CONFIG_UNKNOWN_KEY",
        connector: key,
        key: formatKey(path),
        file: source.file,
        fix: suggestion === undefined ? "remove it" : `did you mean ${suggestion}?`,
      });
    }
  }

  #tellFindings({ errors, warnings, disabled, secrets }: ConnectorSet): void {
    const { log } = this.#options;
    for (const secret of secrets) log.redaction.add(secret);
    for (const { severity: level, code, message, file, line, key, fix } of [...errors, ...warnings]) {
      log.logger()[level === "error" ? "error" : "warn"](message, { code, key, file, line, fix });
    }
    for (const { type, key, file } of disabled) {
      log.logger().warn(`${type} ${key} is disabled`, { file, fix: "set enabled = true to run it" });
    }
  }
}
