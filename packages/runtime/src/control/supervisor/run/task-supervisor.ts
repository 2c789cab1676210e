import { type BackoffPolicy, backoff } from "@iggy-connectors/client/backoff";
import type { TappedMessage, TapSettings } from "../../../shared/tap/tapped-message.ts";
import type { TaskState } from "../../../shared/task/states.ts";
import { mayFollow } from "../../../shared/task/states.ts";
import type { PluginDescription, TaskEvent, TaskLogLine } from "../../../shared/task/task-messages.ts";
import type { TaskSpec } from "../../../shared/task/task-spec.ts";
import type { TaskError, TaskStatus } from "../../../shared/task/task-status.ts";
import { within } from "../../within.ts";
import { SHORTEST_HANG } from "../placements/hang-watch.ts";
import type { Isolation, PlacedTask, Placement } from "../placements/placement.ts";
import type { FaultReason, Verdict } from "../placements/pool/verdict.ts";
import { WorkerHang } from "../placements/worker-hang.ts";
import { Quarantine, type QuarantineState } from "./quarantine.ts";
import { SuspectMessages } from "./suspect-messages.ts";
import { addTotals, NO_TOTALS, type Totals, withoutGauges } from "./totals.ts";
import {
  type DeathReason,
  describeDeath,
  describeFailedStart,
  describeHang,
  type WorkerDeath,
} from "./worker-death.ts";

export interface TaskSupervisorOptions {
  readonly spec: TaskSpec;
  /** Where its workers run. */
  readonly place: Placement;
  readonly isolation: Isolation;
  /** JavaScript heap of the worker in bytes. */
  readonly memoryLimit: number;
  readonly environment: NodeJS.ProcessEnv;
  readonly restart: Omit<BackoffPolicy, "jitter">;
  readonly onStatus: () => void;
  readonly onLogs: (lines: readonly TaskLogLine[]) => void;
  readonly onDescribed: (plugin: PluginDescription) => void;
  /** It was taken out of the pool, or returns to it. */
  readonly onPlaced: (placed: PlacedAt) => void;
  /** Which messages the task should sample now; `undefined`: none. */
  readonly tapSettings: () => TapSettings | undefined;
  readonly onTapped: (messages: readonly TappedMessage[]) => void;
}

/** Where a task runs now. */
export interface PlacedAt {
  readonly isolation: Isolation;
  /** Undefined: it is where its connector is configured to run. */
  readonly quarantine: QuarantineState | undefined;
}

/** Milliseconds that a worker may take beyond its `stop_timeout` to leave the group and report its end. */
const STOP_GRACE = 2000;
/** Milliseconds after which a worker that was terminated is left behind: it is inside a system call that does not return. */
const TERMINATION_GRACE = 2000;
const ENDS: ReadonlySet<TaskState> = new Set(["stopped", "completed", "failed"]);

/**
 * Keeps one task's worker alive: what it dies of becomes the task's error, and after a back-off a new worker is started.
 *
 * Its states are those of `STATES`. While a worker runs, its reports decide; the rest is decided here:
 *
 * | state      | when                                                                                        |
 * | ---------- | ------------------------------------------------------------------------------------------- |
 * | `starting` | a worker is being started and has not reported yet; also where the task moves to another    |
 * |            | worker for no fault of its own: that is no failure, needs no back-off and counts as nothing |
 * | `retrying` | the worker died without reporting its end; the next one starts when the back-off is over.   |
 * |            | Or it does not answer and is being ended: nothing that it still reports counts              |
 * | `stopping` | the worker was asked to stop; of its reports only `stopped`, `completed` and `failed` count |
 * | `stopped`  | the worker has ended after `stop`, or there was none; `completed` and `failed` stay         |
 */
export class TaskSupervisor {
  readonly #options: TaskSupervisorOptions;
  #worker: PlacedTask | undefined;
  #exited: Promise<void> = Promise.resolve();
  #stopping = false;
  #restartTimer: NodeJS.Timeout | undefined;
  /** Of the workers before the current one. */
  #earlierTotals: Totals = NO_TOTALS;
  /** The current worker's last report; `undefined` until it has reported. */
  #reported: TaskStatus | undefined;
  #state: TaskState = "starting";
  #since = Date.now();
  #death: TaskError | undefined;
  #retry: TaskStatus["retry"];
  #attempts = 0;
  #failingSince = 0;
  #runningSince: number | undefined;
  readonly #restarts = new Map<DeathReason, number>();
  readonly #suspects = new SuspectMessages();
  readonly #quarantine = new Quarantine();
  readonly #quarantines = new Map<FaultReason, number>();
  #releaseTimer: NodeJS.Timeout | undefined;
  /** It was asked to end here, to begin again elsewhere. */
  #moving = false;
  #moveTimer: NodeJS.Timeout | undefined;
  /** The current worker does not answer. */
  #hung = false;
  #lastSuccessAt: number | undefined;

  constructor(options: TaskSupervisorOptions) {
    this.#options = options;
  }

  start(): void {
    if (this.#worker === undefined && !this.#stopping) this.#spawn();
  }

  /**
   * Asks the worker to end and waits; after its `stop_timeout`, or `deadline` milliseconds if less, it is terminated. One that
   * even then does not end is left behind.
   */
  async stop(deadline = Number.POSITIVE_INFINITY): Promise<void> {
    this.#stopping = true;
    this.#moving = false;
    clearTimeout(this.#restartTimer);
    clearTimeout(this.#releaseTimer);
    clearTimeout(this.#moveTimer);
    const worker = this.#worker;
    if (worker === undefined) {
      this.#stopped();
      return;
    }
    this.#enter("stopping");
    worker.send({ type: "stop" });
    const wait = Math.min(this.#options.spec.stopTimeout + STOP_GRACE, deadline);
    const timer = setTimeout(() => {
      this.#warn("the worker did not stop in time and is terminated; its unfinished messages will be processed again");
      worker.terminate();
    }, wait);
    if (!(await within(this.#exited, wait + TERMINATION_GRACE))) {
      this.#warn("the worker cannot be ended: it is inside a system call that does not return; it is left behind");
      this.#stopped();
    }
    clearTimeout(timer);
  }

  /** The settings of its tap have changed. */
  refreshTap(): void {
    this.#worker?.send({ type: "tap", settings: this.#options.tapSettings() });
  }

  /** Restarts of its worker, by what the one before died of. */
  get restarts(): ReadonlyMap<DeathReason, number> {
    return this.#restarts;
  }

  /** Times that it was quarantined, by what its code did to a shared worker. */
  get quarantines(): ReadonlyMap<FaultReason, number> {
    return this.#quarantines;
  }

  get placed(): PlacedAt {
    const quarantine = this.#quarantine.current;
    const isolation = quarantine !== undefined && quarantine.cohort === undefined ? "thread" : this.#options.isolation;
    return { isolation, quarantine };
  }

  status(): TaskStatus {
    const reported = this.#reported;
    const totals = addTotals(this.#earlierTotals, reported ?? NO_TOTALS);
    return {
      state: this.#state,
      since: this.#since,
      // While a new worker is starting, the death of the last one is still the latest error.
      lastError: this.#hung ? this.#death : (reported?.lastError ?? this.#death),
      retry: this.#retry ?? reported?.retry,
      lastSuccessAt: this.#lastSuccessAt,
      delivery: reported?.delivery,
      ...totals,
      partitions: reported?.partitions ?? [],
      messagesInFlight: reported?.messagesInFlight ?? 0,
      bytesInFlight: reported?.bytesInFlight ?? 0,
      heapBytes: reported?.heapBytes ?? 0,
      eventLoopUtilization: reported?.eventLoopUtilization ?? 0,
    };
  }

  #spawn(): void {
    const { spec, place, memoryLimit, environment, onLogs } = this.#options;
    const { isolation, quarantine } = this.placed;
    this.#retry = undefined;
    this.#runningSince = undefined;
    this.#hung = false;
    this.#enter("starting");
    const { promise: exited, resolve: exit } = Promise.withResolvers<void>();
    let ended = false;
    try {
      this.#worker = place(
        {
          spec: this.#suspects.addTo(spec),
          isolation,
          cohort: quarantine?.cohort,
          memoryLimit,
          environment,
        },
        {
          event: (event) => {
            if (this.#hung) return;
            if (event.type === "ended") ended = true;
            this.#handle(event);
          },
          logs: onLogs,
          hung: (hang) => this.#notAnswering(hang),
          move: (message) => this.#move(message),
          exited: ({ error, code, verdict }) => {
            this.#worker = undefined;
            const moved = this.#moving;
            this.#moving = false;
            clearTimeout(this.#moveTimer);
            if (this.#stopping) this.#stopped();
            else if (ended) {
              if (moved && !ENDS.has(this.#state)) this.#beginAgain();
            } else if (verdict !== undefined) this.#judged(verdict, error, code);
            else if (moved) this.#beginAgain();
            else {
              const death = describeDeath(error, code, memoryLimit);
              this.#diedAlone(death);
              this.#died(death);
            }
            exit();
          },
        },
      );
      this.#exited = exited;
      if (this.#options.tapSettings() !== undefined) this.refreshTap();
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
        this.#lastSuccessAt = event.status.lastSuccessAt ?? this.#lastSuccessAt;
        this.#suspects.stored(event.status.partitions);
        this.#follow(event.status.state, event.status.since);
    }
  }

  /** Takes over the state that the worker reports; after it was asked to end, only a state of the end. */
  #follow(state: TaskState, since: number): void {
    if (state === "running") {
      this.#runningSince ??= Date.now();
      this.#death = undefined;
    }
    const counts = this.#moving ? state === "completed" || state === "failed" : !this.#stopping || ENDS.has(state);
    if (counts) {
      this.#state = state;
      this.#since = since;
    }
    this.#options.onStatus();
  }

  /** The worker does not answer. It is being ended; what it was doing decides what the next one may do. */
  #notAnswering(hang: WorkerHang): void {
    const error = describeHang(hang);
    this.#hung = true;
    this.#death = error;
    this.#warn(`${error.message}; it is replaced`, { code: error.code });
    this.#suspectMessages(hang);
    this.#enter("retrying");
  }

  #suspectMessages(hang: WorkerHang): void {
    const note = this.#suspects.hung(hang);
    if (note !== undefined) this.#warn(note, { code: "IGC_PLUGIN_UNRESPONSIVE" });
  }

  /** The worker that it shared has ended. Only whose fault that was has failed; the others begin again elsewhere, at once. */
  #judged({ role, reason, message, cohort }: Verdict, error: unknown, code: number): void {
    switch (role) {
      case "neighbour":
        this.#note(`moves to another worker: its shared worker was ended by ${message}`);
        if (this.#quarantine.acquit()) this.#placedElsewhere();
        this.#beginAgain();
        return;
      case "suspect":
        this.#quarantine.suspect(reason, message, cohort);
        this.#placedElsewhere();
        this.#note(`runs apart from the others for now: its shared worker ended, which may be its fault (${message})`);
        this.#beginAgain();
        return;
      case "culprit":
        this.#blame(reason, message);
        // What it does may be allowed where it keeps nobody waiting.
        if (error instanceof WorkerHang && !this.#isHang(error)) this.#beginAgain();
        else {
          if (error instanceof WorkerHang) this.#suspectMessages(error);
          this.#died(describeDeath(error, code, this.#options.memoryLimit));
        }
    }
  }

  #isHang({ silence }: WorkerHang): boolean {
    const { hangTimeout } = this.#options.spec;
    return hangTimeout > 0 && silence >= Math.max(hangTimeout, SHORTEST_HANG);
  }

  #blame(reason: FaultReason, message: string): void {
    this.#announceQuarantine(this.#quarantine.blamed(reason, message));
  }

  #announceQuarantine({ reason, message, until }: QuarantineState): void {
    this.#quarantines.set(reason, (this.#quarantines.get(reason) ?? 0) + 1);
    this.#warn(`quarantined in a thread of its own until ${new Date(until).toISOString()}: ${message}`, {
      code: "IGC_PLUGIN_QUARANTINED",
      reason,
    });
    this.#placedElsewhere();
  }

  #placedElsewhere(): void {
    this.#options.onPlaced(this.placed);
    this.#awaitRelease();
  }

  #awaitRelease(): void {
    clearTimeout(this.#releaseTimer);
    const { current } = this.#quarantine;
    if (current === undefined) return;
    this.#releaseTimer = setTimeout(() => this.#release(), Math.max(0, current.until - Date.now()));
    this.#releaseTimer.unref();
  }

  #release(): void {
    if (this.#stopping || ENDS.has(this.#state)) return;
    if (!this.#quarantine.release()) {
      this.#awaitRelease();
      return;
    }
    this.#options.onPlaced(this.placed);
    this.#move("returns to the shared workers");
  }

  /** Has the worker end as at a stop, with nothing left open, and begins again where it belongs. */
  #move(message: string): void {
    const worker = this.#worker;
    if (this.#stopping || this.#moving || worker === undefined) return;
    this.#note(message);
    this.#moving = true;
    worker.send({ type: "stop" });
    this.#moveTimer = setTimeout(() => worker.terminate(), this.#options.spec.stopTimeout + STOP_GRACE);
  }

  #beginAgain(): void {
    this.#keepTotals();
    this.#spawn();
  }

  /** In a thread of its own there is nobody else to blame. */
  #diedAlone({ reason, error }: WorkerDeath): void {
    const { quarantine } = this.placed;
    if (reason === "start" || quarantine === undefined || quarantine.cohort !== undefined) return;
    const proven = this.#quarantine.died(reason, error.message);
    if (proven !== undefined) this.#announceQuarantine(proven);
  }

  #died({ reason, error }: WorkerDeath): void {
    const { restart } = this.#options;
    this.#keepTotals();
    const now = Date.now();
    // A worker that ran for as long as the longest wait has recovered; its death counts as the first one again.
    if (this.#runningSince !== undefined && now - this.#runningSince >= restart.maxBackoff) this.#attempts = 0;
    if (this.#attempts === 0) this.#failingSince = now;
    this.#attempts++;
    const delay = backoff({ ...restart, jitter: 0 }, this.#attempts);
    this.#death = error;
    this.#retry = { attempts: this.#attempts, since: this.#failingSince, nextAttemptAt: now + delay };
    this.#warn(`the worker died (${error.message}) and is restarted in ${delay} ms`, { code: error.code });
    this.#enter("retrying");
    this.#restartTimer = setTimeout(() => {
      this.#restarts.set(reason, (this.#restarts.get(reason) ?? 0) + 1);
      this.#spawn();
    }, delay);
  }

  #stopped(): void {
    this.#keepTotals();
    this.#death = undefined;
    this.#retry = undefined;
    if (this.#state === "completed" || this.#state === "failed") return;
    this.#enter("stopping");
    this.#enter("stopped");
  }

  /** Keeps the totals of a worker that has ended; what it held is gone with it. */
  #keepTotals(): void {
    if (this.#reported === undefined) return;
    const { lastError } = this.#reported;
    this.#earlierTotals = withoutGauges(addTotals(this.#earlierTotals, this.#reported));
    this.#reported = {
      ...this.#reported,
      ...NO_TOTALS,
      lastError: this.#state === "failed" ? lastError : undefined,
      retry: undefined,
      partitions: [],
      messagesInFlight: 0,
      bytesInFlight: 0,
      heapBytes: 0,
      eventLoopUtilization: 0,
    };
  }

  /** A state that is decided here: without a worker, or before it has reported. */
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

  #note(message: string): void {
    this.#options.onLogs([{ level: "info", time: Date.now(), message, fields: undefined }]);
  }
}
