import { fileURLToPath } from "node:url";
import { ConnectorError } from "@iggy-connectors/sdk";
import type { TappedMessage, TapSettings } from "../../../shared/tap/tapped-message.ts";
import type { TaskState } from "../../../shared/task/states.ts";
import type { PluginDescription, TaskLogLine } from "../../../shared/task/task-messages.ts";
import type { LogLevel, TaskSpec } from "../../../shared/task/task-spec.ts";
import type { TaskError } from "../../../shared/task/task-status.ts";
import { type ConnectorDefinition, isValid, type ValidDefinition } from "../../config/connector-files/definition.ts";
import { toTaskSpecs } from "../../config/connector-files/task-specs.ts";
import { type ConfigProblem, formatProblem } from "../../config/problem.ts";
import type { RuntimeConfig } from "../../config/runtime-file/schema.ts";
import type { FoundModule } from "../../plugins/resolve.ts";
import type { TaskSnapshot } from "../connectors/snapshot.ts";
import { type ChosenIsolation, chooseIsolation } from "../placements/choose-isolation.ts";
import type { Placement } from "../placements/placement.ts";
import { watchCode } from "./code-watch.ts";
import { type MergedStatus, mergeTasks, NOTHING_RUNS } from "./merge-tasks.ts";
import { type PlacedAt, TaskSupervisor } from "./task-supervisor.ts";
import { addRestarts } from "./totals.ts";

/** What every run needs of the runtime. */
export interface RunDependencies {
  readonly config: RuntimeConfig;
  readonly environment: NodeJS.ProcessEnv;
  readonly workingDirectory: string;
  readonly place: Placement;
  readonly logLevel: LogLevel;
  /** URL of the plugin's module, or why it cannot be used. */
  readonly resolvePlugin: (connector: ValidDefinition) => FoundModule | { readonly problem: ConfigProblem };
}

export interface RunListener {
  onStatus(): void;
  onLogs(lines: readonly TaskLogLine[]): void;
  onDescribed(plugin: PluginDescription): void;
  /** A task was taken out of the pool, or returns to it. */
  onPlaced(task: number, placed: PlacedAt): void;
  tapSettings(): TapSettings | undefined;
  onTapped(messages: readonly TappedMessage[]): void;
  /** A file that it is made of beside its configuration has changed: its plugin, a script, what they import, a schema. */
  onCodeChanged(): void;
}

/** How a start went. `late`: it is still undecided at the end of its time. */
export type StartOutcome = "healthy" | "failed" | "late" | "cancelled";

/** Process-wide, shared by sinks and sources, as in the original. */
let lastId = 0;

/** States that show that a version works: its plugin is open and it has joined. */
const HEALTHY: ReadonlySet<TaskState> = new Set(["running", "completed", "standby"]);

/**
 * One version of a connector from its start to its stop: its plugin is resolved and its tasks are kept alive.
 *
 * With tasks its state is merged from theirs (`mergeTasks`). Without tasks:
 *
 * | state      | when                                                                       |
 * | ---------- | -------------------------------------------------------------------------- |
 * | `starting` | before `start`                                                             |
 * | `failed`   | `start` found errors in the definition, or a plugin that cannot be used    |
 * | `stopped`  | after `stop`                                                               |
 */
export class ConnectorRun {
  readonly id = ++lastId;
  readonly #definition: ConnectorDefinition;
  readonly #dependencies: RunDependencies;
  readonly #listener: RunListener;
  /** Called at every change, by those who wait for the start. */
  readonly #waiting = new Set<() => void>();
  #tasks: TaskSupervisor[] = [];
  #chosen: ChosenIsolation | undefined;
  #path: string;
  #plugin: PluginDescription | undefined;
  #failure: TaskError | undefined;
  #stopped = false;
  #since = Date.now();
  #wasHealthy = false;
  #unwatch: () => void = () => {};

  constructor(definition: ConnectorDefinition, dependencies: RunDependencies, listener: RunListener) {
    this.#definition = definition;
    this.#dependencies = dependencies;
    this.#listener = listener;
    this.#path = definition.path;
  }

  /** Starts the workers, or becomes `failed` where the configuration or the plugin cannot be used. Never throws. */
  start(): void {
    if (!isValid(this.#definition)) {
      const [problem, ...more] = this.#definition.errors;
      if (problem !== undefined) this.#fail(problem, more);
      return;
    }
    const prepared = this.#prepare(this.#definition);
    if (prepared === undefined) return;
    const { specs, chosen } = prepared;
    this.#chosen = chosen;
    const { config, environment, place } = this.#dependencies;
    const { initial_backoff, max_backoff } = config.connectors.restart;
    const { memory_limit } = this.#definition.config;
    this.#tasks = specs.map(
      (spec) =>
        new TaskSupervisor({
          spec,
          place,
          isolation: chosen.isolation,
          memoryLimit: memory_limit,
          environment,
          restart: { initialBackoff: initial_backoff, maxBackoff: max_backoff },
          onStatus: () => this.#changed(),
          onLogs: (lines) => this.#listener.onLogs(lines),
          tapSettings: () => this.#listener.tapSettings(),
          onTapped: (messages) => this.#listener.onTapped(messages),
          onPlaced: (placed) => this.#listener.onPlaced(spec.task, placed),
          onDescribed: (plugin) => {
            this.#plugin = plugin;
            this.#listener.onDescribed(plugin);
          },
        }),
    );
    for (const task of this.#tasks) task.start();
    const [spec] = specs;
    if (spec !== undefined && config.connectors.reload) {
      this.#unwatch = watchCode(spec, () => this.#listener.onCodeChanged());
    }
  }

  /** All tasks in parallel; `deadline` in milliseconds from now. */
  async stop(deadline?: number): Promise<void> {
    this.#stopped = true;
    this.#unwatch();
    await Promise.all(this.#tasks.map((task) => task.stop(deadline)));
    this.#changed();
  }

  /** The settings of its tap have changed. */
  refreshTap(): void {
    for (const task of this.#tasks) task.refreshTap();
  }

  /** It was healthy at least once. */
  get wasHealthy(): boolean {
    return this.#wasHealthy;
  }

  /** Resolved; as configured where it could not be resolved. */
  get path(): string {
    return this.#path;
  }

  get plugin(): PluginDescription | undefined {
    return this.#plugin;
  }

  /** Restarts of workers, by what the one before died of. */
  get restarts(): Map<string, number> {
    return this.#tasks.reduce((sums, { restarts }) => addRestarts(sums, restarts), new Map<string, number>());
  }

  /** Times that a task of it was quarantined, by what it did. */
  get quarantines(): Map<string, number> {
    return this.#tasks.reduce((sums, { quarantines }) => addRestarts(sums, quarantines), new Map<string, number>());
  }

  status(): MergedStatus {
    return this.#tasks.length > 0 ? mergeTasks(this.#tasks.map((task) => task.status())) : this.#withoutTasks();
  }

  tasks(): TaskSnapshot[] {
    return this.#tasks.map((supervisor, task) => {
      const { state, since, lastError, messagesInFlight, bytesInFlight, heapBytes, eventLoopUtilization } =
        supervisor.status();
      const restarts = supervisor.restarts.values().reduce((sum, count) => sum + count, 0);
      return {
        task,
        state,
        since,
        lastError,
        messagesInFlight,
        bytesInFlight,
        heapBytes,
        eventLoopUtilization,
        placement: supervisor.placed.isolation,
        placementReason: placementReason(supervisor.placed, this.#chosen),
        quarantine: supervisor.placed.quarantine,
        restarts,
      };
    });
  }

  /** Waits until the start is decided, at most `timeout` milliseconds. */
  async waitForStart(timeout: number, cancel: AbortSignal): Promise<StartOutcome> {
    const outcome = (): StartOutcome | undefined => {
      const { state } = this.status();
      if (HEALTHY.has(state)) return "healthy";
      if (state === "failed") return "failed";
      return this.#stopped || cancel.aborted ? "cancelled" : undefined;
    };
    const decided = outcome();
    if (decided !== undefined) return decided;
    const { promise, resolve } = Promise.withResolvers<StartOutcome>();
    const look = (): void => {
      const now = outcome();
      if (now !== undefined) resolve(now);
    };
    const timer = setTimeout(() => resolve("late"), timeout);
    cancel.addEventListener("abort", look, { once: true });
    this.#waiting.add(look);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      cancel.removeEventListener("abort", look);
      this.#waiting.delete(look);
    }
  }

  #prepare(
    connector: ValidDefinition,
  ): { readonly specs: readonly TaskSpec[]; readonly chosen: ChosenIsolation } | undefined {
    const resolved = this.#dependencies.resolvePlugin(connector);
    if ("problem" in resolved) {
      this.#fail(resolved.problem);
      return undefined;
    }
    this.#path = resolved.url.startsWith("file:") ? fileURLToPath(resolved.url) : resolved.url;
    const { config, workingDirectory, logLevel } = this.#dependencies;
    try {
      const plugin = { path: connector.config.path, url: resolved.url };
      const specs = toTaskSpecs(connector, { runtime: config, plugin, workingDirectory, logLevel });
      return { specs, chosen: chooseIsolation(connector.config.isolation, resolved.shipped, specs[0]!) };
    } catch (error) {
      if (!(error instanceof ConnectorError)) throw error;
      const { code, message, place, fix } = error;
      this.#fail({ severity: "error", code, file: place, message, fix });
      return undefined;
    }
  }

  #withoutTasks(): MergedStatus {
    const state: TaskState = this.#stopped ? "stopped" : this.#failure !== undefined ? "failed" : "starting";
    const lastError = this.#stopped ? undefined : this.#failure;
    return { ...NOTHING_RUNS, state, since: this.#since, lastError };
  }

  #fail(problem: ConfigProblem, more: readonly ConfigProblem[] = []): void {
    this.#failure = taskErrorOf(problem, more);
    this.#since = Date.now();
    this.#changed();
  }

  #changed(): void {
    this.#wasHealthy ||= HEALTHY.has(this.status().state);
    this.#listener.onStatus();
    for (const look of this.#waiting) look();
  }
}

function placementReason({ quarantine }: PlacedAt, chosen: ChosenIsolation | undefined): string {
  return quarantine === undefined ? (chosen?.reason ?? "") : `${quarantine.state}: ${quarantine.message}`;
}

/** Findings about a configuration as the error of a connector. */
export function taskErrorOf(problem: ConfigProblem, more: readonly ConfigProblem[] = []): TaskError {
  const { code, file, line, key, message, fix } = problem;
  const place = file === undefined ? undefined : `${file}${line === undefined ? "" : `:${line}`}`;
  const others = more.map((other) => `\n${formatProblem(other)}`).join("");
  return {
    code,
    message: `${key === undefined ? "" : `${key}: `}${message}${others}`,
    ...(place === undefined ? {} : { place }),
    ...(fix === undefined ? {} : { fix }),
    timestamp: Date.now() * 1000,
  };
}
