import { setTimeout as sleep } from "node:timers/promises";
import type { TappedMessage, TapSettings } from "../../../shared/task/sample.ts";
import type { TaskState } from "../../../shared/task/states.ts";
import { statusOf } from "../../../shared/task/states.ts";
import type { PluginDescription, TaskLogLine } from "../../../shared/task/task-messages.ts";
import type { TaskError } from "../../../shared/task/task-status.ts";
import { isLoaded, type ReadConnector } from "../../config/connector-files/definition.ts";
import type { ConnectorIdentity } from "../../config/providers/provider.ts";
import { ConnectorRun, errorOf, type RunHost, type Verdict } from "../run/connector-run.ts";
import { fingerprint } from "./fingerprint.ts";
import type { Intent } from "./desired-states.ts";
import { NOTHING_RUNS } from "../run/merge-tasks.ts";
import { Operations } from "./operation-queue.ts";
import type { ConnectorSnapshot, RejectedVersion } from "./snapshot.ts";
import { addTotals, NO_TOTALS, type Totals, withoutGauges } from "../run/totals.ts";

/** What the connectors share, and who wants to know of them. */
export interface ConnectorHost extends RunHost {
  /** Keeps secrets out of what is shown. */
  readonly redact: (text: string) => string;
  readonly onState: (connector: ManagedConnector, from: TaskState, to: TaskState) => void;
  readonly onLogs: (connector: ManagedConnector, lines: readonly TaskLogLine[]) => void;
  readonly onDescribed: (connector: ManagedConnector, plugin: PluginDescription) => void;
  /** What of its messages a connector is to show now. */
  readonly tapOf: (connector: ManagedConnector) => TapSettings | undefined;
  readonly onTapped: (connector: ManagedConnector, messages: readonly TappedMessage[]) => void;
  /** A new version did not become healthy, or cannot be used; another one runs on. */
  readonly onRejected: (connector: ManagedConnector, rejected: RejectedVersion) => void;
}

/** What became of a configuration that should run. */
export type Applied =
  | { readonly outcome: "unchanged" | "started" | "replaced" | "stored" }
  | { readonly outcome: "rejected"; readonly rejected: RejectedVersion };

/**
 * A connector through all its versions and starts. What is asked of it happens one after the other, and of its runs only
 * one at a time has workers: a new version starts after the old one stopped, and where it does not become healthy, the
 * old one is started again.
 */
export class ManagedConnector implements ConnectorIdentity {
  readonly type: ReadConnector["type"];
  readonly key: string;
  readonly #host: ConnectorHost;
  readonly #operations = new Operations();
  #source: ReadConnector;
  #intent: Intent;
  #run: ConnectorRun | undefined;
  /** Fingerprint of what was asked for last, be it in force or rejected. */
  #asked: string | undefined;
  /** Fingerprint of what is in force, as it was when it was put in force. */
  #inForce: string | undefined;
  #pending: Promise<Applied> | undefined;
  #restarting: Promise<Applied> | undefined;
  #rejected: RejectedVersion | undefined;
  /** Of the runs before the present one. */
  #before: Totals = NO_TOTALS;
  readonly #restarts = new Map<string, number>();
  #announced: TaskState;
  #since = Date.now();

  constructor(source: ReadConnector, intent: Intent, host: ConnectorHost) {
    this.type = source.type;
    this.key = source.key;
    this.#source = source;
    this.#intent = intent;
    this.#host = host;
    this.#announced = this.#state();
  }

  /** The version in force. */
  get source(): ReadConnector {
    return this.#source;
  }

  get intent(): Intent {
    return this.#intent;
  }

  /** Makes a configuration the one that runs; nothing happens when it is the one that was asked for last. */
  apply(next: ReadConnector): Promise<Applied> {
    const asked = fingerprint(next, this.#host);
    if (asked === this.#asked) {
      if (this.#pending !== undefined) return this.#pending;
      const rejected = this.#rejected;
      if (rejected !== undefined) return Promise.resolve({ outcome: "rejected", rejected });
      this.#source = next;
      return Promise.resolve({ outcome: "unchanged" });
    }
    this.#asked = asked;
    const pending = this.#operations.next(async (superseded) => {
      if (this.#run !== undefined && asked === this.#inForce) {
        // Back to what runs.
        this.#rejected = undefined;
        this.#source = next;
        return { outcome: "unchanged" } as const;
      }
      return this.#replace(next, this.#source, superseded);
    });
    this.#pending = pending.finally(() => {
      if (this.#asked === asked) this.#pending = undefined;
    });
    return this.#pending;
  }

  /** Stops and starts it, with `next` where that is another version. Restarts that are asked for meanwhile are joined. */
  restart(next: ReadConnector): Promise<Applied> {
    this.#restarting ??= this.#operations
      .next(async (superseded): Promise<Applied> => {
        this.#intent = "running";
        this.#asked = fingerprint(next, this.#host);
        const same = this.#asked === this.#inForce;
        const applied = await this.#replace(next, same ? undefined : this.#source, superseded);
        if (applied.outcome !== "rejected") await this.#settled(superseded);
        return applied;
      })
      .finally(() => {
        this.#restarting = undefined;
      });
    return this.#restarting;
  }

  /** Pauses, stops, or starts what is paused, stopped, completed or failed. Resolves when that is so. */
  want(intent: Intent): Promise<void> {
    return this.#operations.next(async () => {
      this.#intent = intent;
      if (intent !== "running") await this.#retire();
      else if (this.#run === undefined || RESTING.has(this.#run.status().state)) {
        await this.#retire();
        this.#launch(this.#source);
      }
      this.#announce();
    });
  }

  /**
   * Stops it, has `work` done, and starts it again where it is wanted. What is wanted stays as it was: a process that ends
   * meanwhile starts it as usual.
   */
  suspended<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.#operations.next(async () => {
      await this.#retire();
      try {
        return await work();
      } finally {
        if (this.#intent === "running") this.#launch(this.#source);
        this.#announce();
      }
    });
  }

  /** The settings of its tap changed. */
  refreshTap(): void {
    this.#run?.refreshTap();
  }

  /** Waits until the present start is decided. */
  settled(): Promise<Verdict> {
    return this.#settled(new AbortController().signal);
  }

  /** Ends it for good; `deadline` in milliseconds from now. */
  async stop(deadline?: number): Promise<void> {
    this.#operations.end();
    await this.#run?.stop(deadline);
    // Work that an operator asked for may take longer than the process is given.
    const late = deadline === undefined ? [] : [sleep(deadline, undefined, { ref: false })];
    await Promise.race([this.#operations.idle, ...late]);
    this.#announce();
  }

  snapshot(): ConnectorSnapshot {
    const { type, key } = this;
    const source = this.#source;
    const run = this.#run;
    const status = run?.status() ?? { ...NOTHING_RUNS, state: this.#state(), since: this.#since };
    const restarts = new Map(this.#restarts);
    for (const [reason, count] of run?.restarts ?? []) restarts.set(reason, (restarts.get(reason) ?? 0) + count);
    const redacted = <Error extends TaskError | undefined>(error: Error): Error =>
      error === undefined ? error : { ...error, message: this.#host.redact(error.message) };
    return {
      type,
      key,
      name: source.config?.name ?? source.name,
      id: run?.id ?? 0,
      path: run?.path ?? source.path,
      enabled: source.enabled,
      ...status,
      ...addTotals(this.#before, status),
      lastError: redacted(status.lastError),
      status: statusOf(status.state),
      tasks: (run?.tasks() ?? []).map((task) => ({ ...task, lastError: redacted(task.lastError) })),
      restarts,
      plugin: run?.plugin,
      connector: isLoaded(source) ? source : undefined,
      version: source.version,
      desired: this.#intent,
      rejected: this.#rejected === undefined ? undefined : { ...this.#rejected, error: redacted(this.#rejected.error) },
    };
  }

  /** `previous` is what runs again where `next` does not become healthy, if it ever was. */
  async #replace(next: ReadConnector, previous: ReadConnector | undefined, superseded: AbortSignal): Promise<Applied> {
    const fallback = this.#run?.wasHealthy === true ? previous : undefined;
    this.#rejected = undefined;
    if (this.#intent !== "running" || !next.enabled) {
      await this.#retire();
      this.#putInForce(next);
      this.#announce();
      return { outcome: "stored" };
    }
    const [problem, ...more] = next.errors;
    // What works, or may yet, is not stopped for what cannot work.
    if (problem !== undefined && this.#mayWork()) return this.#reject(next, errorOf(problem, more));
    const first = this.#run === undefined;
    await this.#retire();
    this.#launch(next);
    if (fallback === undefined) return { outcome: first ? "started" : "replaced" };
    const verdict = await this.#settled(superseded);
    if (verdict === "healthy" || verdict === "cancelled") return { outcome: "replaced" };
    const error = this.#run?.status().lastError ?? this.#late();
    await this.#retire();
    this.#launch(fallback);
    return this.#reject(next, error);
  }

  #mayWork(): boolean {
    return this.#run !== undefined && isLoaded(this.#source) && this.#run.status().state !== "failed";
  }

  #reject(next: ReadConnector, error: TaskError): Applied {
    const rejected = { version: next.version, error, at: Date.now() };
    this.#rejected = rejected;
    this.#host.onRejected(this, rejected);
    return { outcome: "rejected", rejected };
  }

  #putInForce(source: ReadConnector): void {
    this.#source = source;
    this.#inForce = fingerprint(source, this.#host);
  }

  #launch(source: ReadConnector): void {
    this.#putInForce(source);
    if (this.#operations.ended || !source.enabled) return;
    const run: ConnectorRun = new ConnectorRun(source, this.#host, {
      onStatus: () => {
        if (this.#run === run) this.#announce();
      },
      onLogs: (lines) => this.#host.onLogs(this, lines),
      onDescribed: (plugin) => this.#host.onDescribed(this, plugin),
      tap: () => this.#host.tapOf(this),
      onTapped: (messages) => this.#host.onTapped(this, messages),
      onScriptChanged: () => this.#scriptChanged(run),
    });
    this.#run = run;
    run.start();
    this.#announce();
  }

  /** What a worker imported it keeps: a changed script needs a new start of this connector, and of no other. */
  #scriptChanged(run: ConnectorRun): void {
    if (this.#run !== run || this.#intent !== "running") return;
    this.#host.onLogs(this, [
      { level: "info", time: Date.now(), message: "a script has changed: restarting", fields: undefined },
    ]);
    void this.restart(this.#source);
  }

  /** Ends the present run and keeps what it counted. */
  async #retire(): Promise<void> {
    const run = this.#run;
    if (run === undefined || this.#operations.ended) return;
    await run.stop();
    this.#before = withoutGauges(addTotals(this.#before, run.status()));
    for (const [reason, count] of run.restarts) this.#restarts.set(reason, (this.#restarts.get(reason) ?? 0) + count);
    this.#run = undefined;
    this.#since = Date.now();
  }

  async #settled(cancel: AbortSignal): Promise<Verdict> {
    const timeout = this.#source.config?.start_timeout ?? 0;
    return this.#run === undefined ? "cancelled" : this.#run.settled(timeout, cancel);
  }

  #late(): TaskError {
    const timeout = this.#source.config?.start_timeout ?? 0;
    return {
      code: "IGC_PLUGIN_START_TIMEOUT",
      message: `it neither opened nor joined within ${timeout} ms`,
      fix: "raise start_timeout, or see why the destination or Iggy does not answer",
      timestamp: Date.now() * 1000,
    };
  }

  #state(): TaskState {
    if (this.#run !== undefined) return this.#run.status().state;
    if (this.#operations.ended) return "stopped";
    if (this.#intent !== "running") return this.#intent;
    return this.#source.enabled ? "starting" : "stopped";
  }

  #announce(): void {
    const state = this.#state();
    if (state === this.#announced) return;
    const from = this.#announced;
    this.#announced = state;
    this.#host.onState(this, from, state);
  }
}

/** States out of which only a new start leads. */
const RESTING: ReadonlySet<TaskState> = new Set(["stopped", "paused", "completed", "failed"]);
