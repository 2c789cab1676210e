import { setTimeout as sleep } from "node:timers/promises";
import type { TappedMessage, TapSettings } from "../../../shared/tap/tapped-message.ts";
import type { TaskState } from "../../../shared/task/states.ts";
import { statusOf } from "../../../shared/task/states.ts";
import type { PluginDescription, TaskLogLine } from "../../../shared/task/task-messages.ts";
import type { TaskError } from "../../../shared/task/task-status.ts";
import { type ConnectorDefinition, isValid, type ValidDefinition } from "../../config/connector-files/definition.ts";
import type { ConnectorIdentity } from "../../config/connector-identity.ts";
import type { ConfigProblem } from "../../config/problem.ts";
import { ConnectorRun, type RunDependencies, type StartOutcome, taskErrorOf } from "../run/connector-run.ts";
import { NOTHING_RUNS } from "../run/merge-tasks.ts";
import type { PlacedAt } from "../run/task-supervisor.ts";
import { addRestarts, addTotals, NO_TOTALS, type Totals, withoutGauges } from "../run/totals.ts";
import type { DesiredState } from "./desired-states.ts";
import { fingerprint } from "./fingerprint.ts";
import { OperationQueue } from "./operation-queue.ts";
import type { ConnectorSnapshot, RejectedVersion } from "./snapshot.ts";

/** Told of what happens to connectors. */
export interface ConnectorListener {
  readonly onState: (connector: ManagedConnector, from: TaskState, to: TaskState) => void;
  readonly onLogs: (connector: ManagedConnector, lines: readonly TaskLogLine[]) => void;
  readonly onDescribed: (connector: ManagedConnector, plugin: PluginDescription) => void;
  /** A task was taken out of the pool of workers, or returns to it. */
  readonly onPlaced: (connector: ManagedConnector, task: number, placed: PlacedAt) => void;
  readonly onTapped: (connector: ManagedConnector, messages: readonly TappedMessage[]) => void;
  /** A new version did not become healthy, or cannot be used; another one keeps running. */
  readonly onRejected: (connector: ManagedConnector, rejected: RejectedVersion) => void;
}

/** What every connector needs of the runtime. */
export interface ConnectorDependencies extends RunDependencies, ConnectorListener {
  /** Masks the secrets in a text that is shown. */
  readonly redact: (text: string) => string;
  /** Why the plugin, the scripts or the schemas of a connector cannot be used as they are on disk; `undefined`: they can. */
  readonly tryCode: (connector: ValidDefinition) => Promise<ConfigProblem | undefined>;
  /** Which messages the connector's tasks should sample now; `undefined`: none. */
  readonly tapSettings: (connector: ManagedConnector) => TapSettings | undefined;
}

/** What became of a definition that should run. */
export type ApplyResult =
  | { readonly outcome: "unchanged" | "started" | "replaced" | "stored" }
  | { readonly outcome: "rejected"; readonly rejected: RejectedVersion };

/**
 * A connector through all its versions and starts. Operations run one after the other, and only one run at a time has
 * workers.
 *
 * Its state is that of its current run. Without a run it is the desired state where that is `paused` or `stopped`,
 * `stopped` where the definition is disabled or the connector was ended, and `starting` before its first run.
 *
 * | operation         | when                                            | current run     | then                              |
 * | ----------------- | ----------------------------------------------- | --------------- | --------------------------------- |
 * | `apply`           | requested before                                | kept            | `unchanged`, or `rejected` again  |
 * |                   | not desired to run, or disabled                 | stopped         | no run: `stored`                  |
 * |                   | it has errors, and the current definition works | kept            | `rejected`                        |
 * |                   | otherwise                                       | stopped         | a new run: `started`, `replaced`  |
 * |                   | … that is not healthy within `start_timeout`,   | stopped         | the definition before runs again: |
 * |                   | after one that was                              |                 | `rejected`                        |
 * | `restart`         | always                                          | stopped         | as `apply`, desired to run        |
 * | `setDesiredState` | `running`, and the run is missing or at rest    | stopped         | a new run                         |
 * |                   | `paused`, `stopped`                             | stopped         | no run                            |
 * | `whileStopped`    | always                                          | stopped         | a new run if desired to run       |
 * | `stop`            | always                                          | stopped         | no run, and never again one       |
 * | (a file changed)  | the files can be used                           | stopped         | as `restart`                      |
 * |                   | they cannot                                     | kept            | `rejected`                        |
 */
export class ManagedConnector implements ConnectorIdentity {
  readonly type: ConnectorDefinition["type"];
  readonly key: string;
  readonly #dependencies: ConnectorDependencies;
  readonly #operations = new OperationQueue();
  #definition: ConnectorDefinition;
  #desiredState: DesiredState;
  #run: ConnectorRun | undefined;
  /** Fingerprint of the definition that was requested last, whether it is current or was rejected. */
  #requestedFingerprint: string | undefined;
  /** Fingerprint of the current definition, taken when it became the current one. */
  #currentFingerprint: string | undefined;
  #applying: Promise<ApplyResult> | undefined;
  #restarting: Promise<ApplyResult> | undefined;
  #rejected: RejectedVersion | undefined;
  /** Of the runs before the current one. */
  #earlierTotals: Totals = NO_TOTALS;
  readonly #earlierRestarts = new Map<string, number>();
  readonly #earlierQuarantines = new Map<string, number>();
  #earlierSuccessAt: number | undefined;
  readonly #createdAt = Date.now();
  #announcedState: TaskState;
  /** When the last run ended. */
  #since = Date.now();

  constructor(definition: ConnectorDefinition, desiredState: DesiredState, dependencies: ConnectorDependencies) {
    this.type = definition.type;
    this.key = definition.key;
    this.#definition = definition;
    this.#desiredState = desiredState;
    this.#dependencies = dependencies;
    this.#announcedState = this.#state();
  }

  /** The current version. */
  get definition(): ConnectorDefinition {
    return this.#definition;
  }

  /** Makes a definition the current one; nothing happens when it is the one that was requested last. */
  apply(next: ConnectorDefinition): Promise<ApplyResult> {
    const requested = fingerprint(next, this.#dependencies);
    if (requested === this.#requestedFingerprint) {
      if (this.#applying !== undefined) return this.#applying;
      const rejected = this.#rejected;
      if (rejected !== undefined) return Promise.resolve({ outcome: "rejected", rejected });
      this.#definition = next;
      return Promise.resolve({ outcome: "unchanged" });
    }
    this.#requestedFingerprint = requested;
    const applying = this.#operations.next(async (superseded) => {
      if (this.#run !== undefined && requested === this.#currentFingerprint) {
        // Back to what runs.
        this.#rejected = undefined;
        this.#definition = next;
        return { outcome: "unchanged" } as const;
      }
      return this.#replace(next, this.#definition, superseded);
    });
    this.#applying = applying.finally(() => {
      if (this.#requestedFingerprint === requested) this.#applying = undefined;
    });
    return this.#applying;
  }

  /** Stops it and starts it with `next`, which may be another version. Restarts that are requested meanwhile are joined. */
  restart(next: ConnectorDefinition): Promise<ApplyResult> {
    this.#restarting ??= this.#operations
      .next(async (superseded): Promise<ApplyResult> => {
        this.#desiredState = "running";
        this.#requestedFingerprint = fingerprint(next, this.#dependencies);
        const same = this.#requestedFingerprint === this.#currentFingerprint;
        const result = await this.#replace(next, same ? undefined : this.#definition, superseded);
        if (result.outcome !== "rejected") await this.#waitForStart(superseded);
        return result;
      })
      .finally(() => {
        this.#restarting = undefined;
      });
    return this.#restarting;
  }

  /** Pauses, stops, or starts what is paused, stopped, completed or failed. Resolves when that is done. */
  setDesiredState(state: DesiredState): Promise<void> {
    return this.#operations.next(async () => {
      this.#desiredState = state;
      if (state !== "running") await this.#endRun();
      else if (this.#run === undefined || AT_REST.has(this.#run.status().state)) {
        await this.#endRun();
        this.#startRun(this.#definition);
      }
      this.#announceState();
    });
  }

  /**
   * Does `work` while no task runs. The desired state does not change: a process that ends meanwhile starts the connector
   * as usual.
   */
  whileStopped<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.#operations.next(async () => {
      await this.#endRun();
      try {
        return await work();
      } finally {
        if (this.#desiredState === "running") this.#startRun(this.#definition);
        this.#announceState();
      }
    });
  }

  /** The settings of its tap have changed. */
  refreshTap(): void {
    this.#run?.refreshTap();
  }

  /** Waits until the current start is decided. */
  waitForStart(): Promise<StartOutcome> {
    return this.#waitForStart(new AbortController().signal);
  }

  /** Ends it for good; `deadline` in milliseconds from now. */
  async stop(deadline?: number): Promise<void> {
    this.#operations.end();
    await this.#run?.stop(deadline);
    // An operator's work may take longer than the process has left.
    const late = deadline === undefined ? [] : [sleep(deadline, undefined, { ref: false })];
    await Promise.race([this.#operations.idle, ...late]);
    this.#announceState();
  }

  snapshot(): ConnectorSnapshot {
    const { type, key } = this;
    const definition = this.#definition;
    const run = this.#run;
    const status = run?.status() ?? { ...NOTHING_RUNS, state: this.#state(), since: this.#since };
    const redacted = <Error extends TaskError | undefined>(error: Error): Error =>
      error === undefined ? error : { ...error, message: this.#dependencies.redact(error.message) };
    return {
      type,
      key,
      name: definition.config?.name ?? definition.name,
      id: run?.id ?? 0,
      path: run?.path ?? definition.path,
      enabled: definition.enabled,
      ...status,
      ...addTotals(this.#earlierTotals, status),
      lastSuccessAt: status.lastSuccessAt ?? this.#earlierSuccessAt,
      countingSince: this.#createdAt,
      rate: undefined,
      lastError: redacted(status.lastError),
      status: statusOf(status.state),
      tasks: (run?.tasks() ?? []).map((task) => ({ ...task, lastError: redacted(task.lastError) })),
      restarts: addRestarts(new Map(this.#earlierRestarts), run?.restarts ?? []),
      quarantines: addRestarts(new Map(this.#earlierQuarantines), run?.quarantines ?? []),
      plugin: run?.plugin,
      connector: isValid(definition) ? definition : undefined,
      version: definition.version,
      desired: this.#desiredState,
      rejected: this.#rejected === undefined ? undefined : { ...this.#rejected, error: redacted(this.#rejected.error) },
    };
  }

  /** `previous` runs again where `next` does not become healthy, if it ever was healthy itself. */
  async #replace(
    next: ConnectorDefinition,
    previous: ConnectorDefinition | undefined,
    superseded: AbortSignal,
  ): Promise<ApplyResult> {
    const fallback = this.#run?.wasHealthy === true ? previous : undefined;
    this.#rejected = undefined;
    if (this.#desiredState !== "running" || !next.enabled) {
      await this.#endRun();
      this.#setDefinition(next);
      this.#announceState();
      return { outcome: "stored" };
    }
    const [problem, ...more] = next.errors;
    // A run that works, or may yet work, is not stopped for a definition that cannot work.
    if (problem !== undefined && this.#currentMayWork()) return this.#reject(next, taskErrorOf(problem, more));
    const first = this.#run === undefined;
    await this.#endRun();
    this.#startRun(next);
    if (fallback === undefined) return { outcome: first ? "started" : "replaced" };
    const started = await this.#waitForStart(superseded);
    if (started === "healthy" || started === "cancelled") return { outcome: "replaced" };
    const error = this.#run?.status().lastError ?? this.#startTimeoutError();
    await this.#endRun();
    this.#startRun(fallback);
    return this.#reject(next, error);
  }

  #currentMayWork(): boolean {
    return this.#run !== undefined && isValid(this.#definition) && this.#run.status().state !== "failed";
  }

  #reject(next: ConnectorDefinition, error: TaskError): ApplyResult {
    const rejected = { version: next.version, error, at: Date.now() };
    this.#rejected = rejected;
    this.#dependencies.onRejected(this, rejected);
    return { outcome: "rejected", rejected };
  }

  #setDefinition(definition: ConnectorDefinition): void {
    this.#definition = definition;
    this.#currentFingerprint = fingerprint(definition, this.#dependencies);
  }

  #startRun(definition: ConnectorDefinition): void {
    this.#setDefinition(definition);
    if (this.#operations.ended || !definition.enabled) return;
    const run: ConnectorRun = new ConnectorRun(definition, this.#dependencies, {
      onStatus: () => {
        if (this.#run === run) this.#announceState();
      },
      onLogs: (lines) => this.#dependencies.onLogs(this, lines),
      onDescribed: (plugin) => this.#dependencies.onDescribed(this, plugin),
      tapSettings: () => this.#dependencies.tapSettings(this),
      onTapped: (messages) => this.#dependencies.onTapped(this, messages),
      onPlaced: (task, placed) => this.#dependencies.onPlaced(this, task, placed),
      onCodeChanged: () => void this.#codeChanged(run),
    });
    this.#run = run;
    run.start();
    this.#announceState();
  }

  /**
   * One rule for whatever changes: what runs, runs on until the new one can be used. A worker keeps the modules that it imported,
   * so a change needs a restart of this connector, and of no other; before that another worker tries the files.
   */
  async #codeChanged(run: ConnectorRun): Promise<void> {
    const isCurrent = (): boolean => this.#run === run && this.#desiredState === "running" && !this.#operations.ended;
    const definition = this.#definition;
    if (!isCurrent() || !isValid(definition)) return;
    const problem = await this.#dependencies.tryCode(definition);
    if (!isCurrent()) return;
    if (problem !== undefined) {
      this.#reject(definition, taskErrorOf(problem));
      return;
    }
    this.#rejected = undefined;
    this.#dependencies.onLogs(this, [
      {
        level: "info",
        time: Date.now(),
        message: "its plugin, a script or a schema has changed: restarting",
        fields: undefined,
      },
    ]);
    await this.restart(this.#definition);
  }

  /** Stops the current run and keeps its totals. */
  async #endRun(): Promise<void> {
    const run = this.#run;
    if (run === undefined || this.#operations.ended) return;
    await run.stop();
    this.#earlierTotals = withoutGauges(addTotals(this.#earlierTotals, run.status()));
    addRestarts(this.#earlierRestarts, run.restarts);
    addRestarts(this.#earlierQuarantines, run.quarantines);
    this.#earlierSuccessAt = run.status().lastSuccessAt ?? this.#earlierSuccessAt;
    this.#run = undefined;
    this.#since = Date.now();
  }

  async #waitForStart(cancel: AbortSignal): Promise<StartOutcome> {
    return this.#run === undefined ? "cancelled" : this.#run.waitForStart(this.#startTimeout, cancel);
  }

  get #startTimeout(): number {
    return this.#definition.config?.start_timeout ?? 0;
  }

  #startTimeoutError(): TaskError {
    return {
      code: "IGC_PLUGIN_START_TIMEOUT",
      message: `the connector was not ready within ${this.#startTimeout} ms`,
      fix: "raise start_timeout, or find out why the destination or Iggy does not answer",
      timestamp: Date.now() * 1000,
    };
  }

  #state(): TaskState {
    if (this.#run !== undefined) return this.#run.status().state;
    if (this.#operations.ended) return "stopped";
    if (this.#desiredState !== "running") return this.#desiredState;
    return this.#definition.enabled ? "starting" : "stopped";
  }

  #announceState(): void {
    const state = this.#state();
    if (state === this.#announcedState) return;
    const from = this.#announcedState;
    this.#announcedState = state;
    this.#dependencies.onState(this, from, state);
  }
}

/** States that only a new run leaves. */
const AT_REST: ReadonlySet<TaskState> = new Set(["stopped", "paused", "completed", "failed"]);
