import type { TappedMessage, TapSettings } from "../../../shared/task/sample.ts";
import type { TaskState } from "../../../shared/task/states.ts";
import { mayFollow } from "../../../shared/task/states.ts";
import type { PluginDescription, TaskEvent, TaskLogLine } from "../../../shared/task/task-messages.ts";
import type { TaskSpec } from "../../../shared/task/task-spec.ts";
import type { TaskError, TaskStatus } from "../../../shared/task/task-status.ts";
import type { Isolation, PlacedTask, Placement } from "../placements/placement.ts";
import { addTotals, NO_TOTALS, type Totals, withoutGauges } from "./totals.ts";
import { type DeathReason, describeDeath, describeFailedStart, type WorkerDeath } from "./worker-death.ts";

interface RestartBackoff {
  /** Milliseconds. */
  readonly initialBackoff: number;
  readonly maxBackoff: number;
}

export interface TaskSupervisorOptions {
  readonly spec: TaskSpec;
  /** Where its workers run. */
  readonly place: Placement;
  readonly isolation: Isolation;
  /** JavaScript heap of the worker in bytes. */
  readonly memoryLimit: number;
  readonly environment: NodeJS.ProcessEnv;
  readonly restart: RestartBackoff;
  readonly onStatus: () => void;
  readonly onLogs: (lines: readonly TaskLogLine[]) => void;
  readonly onDescribed: (plugin: PluginDescription) => void;
  /** What of its messages the task is to show now. */
  readonly tap: () => TapSettings | undefined;
  readonly onTapped: (messages: readonly TappedMessage[]) => void;
}

/** What a worker may take beyond its `stop_timeout` to leave and say goodbye. */
const STOP_GRACE = 2000;
const ENDS: ReadonlySet<TaskState> = new Set(["stopped", "completed", "failed"]);

/** Keeps one task's worker alive: whatever it dies of is this task's error, and a new worker follows after a while. */
export class TaskSupervisor {
  readonly #options: TaskSupervisorOptions;
  #worker: PlacedTask | undefined;
  #exited: Promise<void> = Promise.resolve();
  #stopping = false;
  #restartTimer: NodeJS.Timeout | undefined;
  /** Of the workers before the present one. */
  #before: Totals = NO_TOTALS;
  /** As the present worker says; undefined until it has spoken. */
  #reported: TaskStatus | undefined;
  #state: TaskState = "starting";
  #since = Date.now();
  #death: TaskError | undefined;
  #retry: TaskStatus["retry"];
  #attempts = 0;
  #failingSince = 0;
  #runningSince: number | undefined;
  readonly #restarts = new Map<DeathReason, number>();

  constructor(options: TaskSupervisorOptions) {
    this.#options = options;
  }

  start(): void {
    if (this.#worker === undefined && !this.#stopping) this.#spawn();
  }

  /** Asks the worker to end and waits; after its `stop_timeout`, or `deadline` milliseconds if less, it is terminated. */
  async stop(deadline = Number.POSITIVE_INFINITY): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#restartTimer);
    const worker = this.#worker;
    if (worker === undefined) {
      this.#stopped();
      return;
    }
    this.#enter("stopping");
    worker.send({ type: "stop" });
    const wait = Math.min(this.#options.spec.stopTimeout + STOP_GRACE, deadline);
    const timer = setTimeout(() => {
      this.#warn(`the worker did not stop in time and is terminated: what it had in hand comes again`);
      worker.terminate();
    }, wait);
    await this.#exited;
    clearTimeout(timer);
  }

  /** The settings of its tap changed. */
  refreshTap(): void {
    this.#worker?.send({ type: "tap", settings: this.#options.tap() });
  }

  /** Workers that were started after another one died, by what it died of. */
  get restarts(): ReadonlyMap<DeathReason, number> {
    return this.#restarts;
  }

  status(): TaskStatus {
    const reported = this.#reported;
    const totals = addTotals(this.#before, reported ?? NO_TOTALS);
    return {
      state: this.#state,
      since: this.#since,
      // While a new worker is starting, what the last one died of is still the news.
      lastError: reported?.lastError ?? this.#death,
      retry: this.#retry ?? reported?.retry,
      lastSuccessAt: reported?.lastSuccessAt,
      ...totals,
      partitions: reported?.partitions ?? [],
      messagesInFlight: reported?.messagesInFlight ?? 0,
      bytesInFlight: reported?.bytesInFlight ?? 0,
      heapBytes: reported?.heapBytes ?? 0,
      eventLoopUtilization: reported?.eventLoopUtilization ?? 0,
    };
  }

  #spawn(): void {
    const { spec, place, isolation, memoryLimit, environment, onLogs } = this.#options;
    this.#retry = undefined;
    this.#runningSince = undefined;
    this.#enter("starting");
    const { promise: exited, resolve: exit } = Promise.withResolvers<void>();
    let ended = false;
    try {
      this.#worker = place(
        { spec, isolation, memoryLimit, environment },
        {
          event: (event) => {
            if (event.type === "ended") ended = true;
            this.#handle(event);
          },
          logs: onLogs,
          exited: ({ error, code }) => {
            this.#worker = undefined;
            if (this.#stopping) this.#stopped();
            else if (!ended) this.#died(describeDeath(error, code, memoryLimit));
            exit();
          },
        },
      );
      this.#exited = exited;
      if (this.#options.tap() !== undefined) this.refreshTap();
    } catch (error) {
      this.#died(describeFailedStart(error));
    }
  }

  #handle(event: TaskEvent): void {
    switch (event.type) {
      case "logs":
        this.#options.onLogs(event.lines);
        return;
      case "tapped":
        this.#options.onTapped(event.messages);
        return;
      case "described":
        this.#options.onDescribed(event.plugin);
        return;
      case "status":
      case "ended":
        this.#reported = event.status;
        this.#follow(event.status.state, event.status.since);
    }
  }

  /** The worker's word is taken as it is; once a stop was asked for, only what belongs to the end. */
  #follow(state: TaskState, since: number): void {
    if (state === "running") {
      this.#runningSince ??= Date.now();
      this.#death = undefined;
    }
    if (!this.#stopping || ENDS.has(state)) {
      this.#state = state;
      this.#since = since;
    }
    this.#options.onStatus();
  }

  #died({ reason, error }: WorkerDeath): void {
    const { initialBackoff, maxBackoff } = this.#options.restart;
    this.#bury();
    const now = Date.now();
    // A worker that ran for as long as the longest wait has recovered; its next death starts counting afresh.
    if (this.#runningSince !== undefined && now - this.#runningSince >= maxBackoff) this.#attempts = 0;
    if (this.#attempts === 0) this.#failingSince = now;
    const delay = Math.min(initialBackoff * 2 ** Math.min(this.#attempts, 30), maxBackoff);
    this.#attempts++;
    this.#death = error;
    this.#retry = { attempts: this.#attempts, since: this.#failingSince, nextAttemptAt: now + delay };
    this.#warn(`the worker died (${error.message}), a new one starts in ${delay} ms`, { code: error.code });
    this.#enter("retrying");
    this.#restartTimer = setTimeout(() => {
      this.#restarts.set(reason, (this.#restarts.get(reason) ?? 0) + 1);
      this.#spawn();
    }, delay);
  }

  #stopped(): void {
    this.#bury();
    this.#death = undefined;
    this.#retry = undefined;
    if (this.#state === "completed" || this.#state === "failed") return;
    this.#enter("stopping");
    this.#enter("stopped");
  }

  /** Keeps what a worker counted; what it held in hand is gone with it. */
  #bury(): void {
    if (this.#reported === undefined) return;
    const { lastSuccessAt, lastError } = this.#reported;
    this.#before = withoutGauges(addTotals(this.#before, this.#reported));
    this.#reported = {
      ...this.#reported,
      ...NO_TOTALS,
      lastSuccessAt,
      lastError: this.#state === "failed" ? lastError : undefined,
      retry: undefined,
      partitions: [],
      messagesInFlight: 0,
      bytesInFlight: 0,
      heapBytes: 0,
      eventLoopUtilization: 0,
    };
  }

  /** A state that is ours to decide: without a worker, or before it has spoken. */
  #enter(state: TaskState): void {
    if (state !== this.#state && mayFollow(this.#state, state)) {
      this.#state = state;
      this.#since = Date.now();
    }
    this.#options.onStatus();
  }

  #warn(message: string, fields?: Record<string, unknown>): void {
    this.#options.onLogs([{ level: "warn", time: Date.now(), message, fields }]);
  }
}
