import { fileURLToPath } from "node:url";
import { ConnectorError } from "@iggy-connectors/sdk";
import type { LoadedConnector, ReadConnector } from "../config/connector-files/load.ts";
import { toTaskSpecs } from "../config/connector-files/task-specs.ts";
import { type ConfigProblem, formatProblem } from "../config/problem.ts";
import type { RuntimeConfig } from "../config/runtime-file/schema.ts";
import { statusOf } from "../delivery/states.ts";
import type { LogLevel, PluginDescription, TaskError, TaskLogLine, TaskSpec, TaskState } from "../task/protocol.ts";
import { mergeTasks } from "./merge-tasks.ts";
import type { ConnectorSnapshot } from "./snapshot.ts";
import { TaskSupervisor } from "./task-supervisor.ts";
import { NO_TOTALS } from "./totals.ts";

/** What all connectors of a runtime share. */
export interface ConnectorHost {
  readonly config: RuntimeConfig;
  readonly environment: NodeJS.ProcessEnv;
  readonly workingDirectory: string;
  readonly workerUrl: URL;
  readonly logLevel: LogLevel;
  /** Keeps secrets out of what is shown. */
  readonly redact: (text: string) => string;
  /** URL of the plugin's module, or what is wrong. */
  readonly resolvePlugin: (
    connector: LoadedConnector,
  ) => { readonly url: string } | { readonly problem: ConfigProblem };
  readonly onState: (connector: ConnectorSupervisor, from: TaskState, to: TaskState) => void;
  readonly onLogs: (connector: ConnectorSupervisor, lines: readonly TaskLogLine[]) => void;
  readonly onDescribed: (connector: ConnectorSupervisor, plugin: PluginDescription) => void;
}

/** Process-wide, shared by sinks and sources, as in the original. */
let lastId = 0;

/** One connector: its plugin is found, its tasks are kept alive, and their states are one state. */
export class ConnectorSupervisor {
  readonly type: ReadConnector["type"];
  readonly key: string;
  readonly source: ReadConnector;
  readonly #host: ConnectorHost;
  readonly #id: number;
  #tasks: TaskSupervisor[] = [];
  #path: string;
  #plugin: PluginDescription | undefined;
  #failure: TaskError | undefined;
  #stopped = false;
  #since = Date.now();
  #announced: TaskState = "starting";

  constructor(source: ReadConnector, host: ConnectorHost) {
    this.type = source.type;
    this.key = source.key;
    this.source = source;
    this.#host = host;
    this.#path = source.path;
    this.#id = ++lastId;
  }

  /** Starts the workers, or becomes `failed` where the configuration or the plugin cannot be used. Never throws. */
  start(): void {
    const connector = loaded(this.source);
    if (connector === undefined) {
      const [problem] = this.source.errors;
      if (problem !== undefined) this.#fail(problem, this.source.errors.slice(1));
      return;
    }
    const resolved = this.#host.resolvePlugin(connector);
    if ("problem" in resolved) {
      this.#fail(resolved.problem);
      return;
    }
    this.#path = resolved.url.startsWith("file:") ? fileURLToPath(resolved.url) : resolved.url;
    const { config, environment, workingDirectory, logLevel, workerUrl } = this.#host;
    let specs: TaskSpec[];
    try {
      const plugin = { path: connector.config.path, url: resolved.url };
      specs = toTaskSpecs(connector, { runtime: config, plugin, workingDirectory, logLevel });
    } catch (error) {
      if (!(error instanceof ConnectorError)) throw error;
      const { code, message, place, fix } = error;
      this.#fail({ severity: "error", code, file: place, message, fix });
      return;
    }
    const { initial_backoff, max_backoff } = config.connectors.restart;
    this.#tasks = specs.map(
      (spec) =>
        new TaskSupervisor({
          spec,
          workerUrl,
          memoryLimit: connector.config.memory_limit,
          environment,
          restart: { initialBackoff: initial_backoff, maxBackoff: max_backoff },
          onStatus: () => this.#announce(),
          onLogs: (lines) => this.#host.onLogs(this, lines),
          onDescribed: (plugin) => {
            this.#plugin = plugin;
            this.#host.onDescribed(this, plugin);
          },
        }),
    );
    for (const task of this.#tasks) task.start();
  }

  /** All tasks in parallel; `deadline` in milliseconds from now. */
  async stop(deadline?: number): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#tasks.map((task) => task.stop(deadline)));
    this.#announce();
  }

  get plugin(): PluginDescription | undefined {
    return this.#plugin;
  }

  snapshot(): ConnectorSnapshot {
    const { type, key, source } = this;
    const statuses = this.#tasks.map((task) => task.status());
    const merged = statuses.length > 0 ? mergeTasks(statuses) : this.#withoutTasks();
    const restarts = new Map<string, number>();
    for (const task of this.#tasks) {
      for (const [reason, count] of task.restarts) restarts.set(reason, (restarts.get(reason) ?? 0) + count);
    }
    const redacted = (error: TaskError | undefined): TaskError | undefined =>
      error === undefined ? undefined : { ...error, message: this.#host.redact(error.message) };
    return {
      type,
      key,
      name: source.config?.name ?? source.name,
      id: this.#id,
      path: this.#path,
      enabled: source.enabled,
      ...merged,
      lastError: redacted(merged.lastError),
      status: statusOf(merged.state),
      tasks: statuses.map((status, task) => ({
        task,
        state: status.state,
        since: status.since,
        lastError: redacted(status.lastError),
        messagesInFlight: status.messagesInFlight,
        bytesInFlight: status.bytesInFlight,
        heapBytes: status.heapBytes,
        eventLoopUtilization: status.eventLoopUtilization,
        restarts: this.#tasks[task]!.restarts.values().reduce((sum, count) => sum + count, 0),
      })),
      restarts,
      plugin: this.#plugin,
      connector: loaded(source),
    };
  }

  #withoutTasks(): ReturnType<typeof mergeTasks> {
    const state: TaskState = this.#failure !== undefined ? "failed" : this.#stopped ? "stopped" : "starting";
    return {
      ...NO_TOTALS,
      state,
      since: this.#since,
      lastError: this.#failure,
      retry: undefined,
      lastSuccessAt: undefined,
      lag: 0,
      partitions: [],
      messagesInFlight: 0,
      bytesInFlight: 0,
    };
  }

  #fail(problem: ConfigProblem, more: readonly ConfigProblem[] = []): void {
    const { code, file, line, key, message, fix } = problem;
    const place = file === undefined ? undefined : `${file}${line === undefined ? "" : `:${line}`}`;
    const others = more.map((other) => `\n${formatProblem(other)}`).join("");
    this.#failure = {
      code,
      message: `${key === undefined ? "" : `${key}: `}${message}${others}`,
      ...(place === undefined ? {} : { place }),
      ...(fix === undefined ? {} : { fix }),
      timestamp: Date.now() * 1000,
    };
    this.#since = Date.now();
    this.#announce();
  }

  #announce(): void {
    const { state } =
      this.#tasks.length > 0 ? mergeTasks(this.#tasks.map((task) => task.status())) : this.#withoutTasks();
    if (state === this.#announced) return;
    const from = this.#announced;
    this.#announced = state;
    this.#host.onState(this, from, state);
  }
}

function loaded(source: ReadConnector): LoadedConnector | undefined {
  return source.config === undefined || source.version === undefined ? undefined : (source as LoadedConnector);
}
