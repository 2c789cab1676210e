import { ConnectorError } from "@iggy-connectors/sdk";
import { toTaskError } from "../../shared/errors.ts";
import { type ActiveState, isActive, mayFollow, type TaskState } from "../../shared/task/states.ts";
import type { TaskError, TaskStatus } from "../../shared/task/task-status.ts";

/** Something that is being repeated, or that waits for an operator. */
interface OpenFailure {
  readonly kind: Exclude<ActiveState, "running">;
  readonly error: TaskError;
  /** Milliseconds since the Unix epoch. */
  readonly since: number;
  readonly attempts: number;
  /** Milliseconds since the Unix epoch; undefined: waits for an operator. */
  readonly nextAttemptAt: number | undefined;
}

/**
 * The state of a task; `STATES` lists all states and which may follow which.
 *
 * A task is `starting` until its plugin is open and its topics can be used, however often that has to be repeated. Then it is
 * active, and its state is derived from the open failures, one per place (a partition, a topic, the plugin's `poll`, …):
 * without any it is `running`, with some `retrying`, and `blocked` as soon as one waits for an operator or cannot be settled
 * without losing data. So a task that recovered never keeps an old error, and one partition's success does not hide another
 * one's failure. An active task becomes `stopping` when it is told to stop or an error ends it, and ends as `stopped`,
 * `completed` (the source has no more) or `failed` (a fatal error). `standby` and `paused` are states of the control plane: a
 * task is never in them.
 */
export class Health {
  readonly #onChange: () => void;
  readonly #now: () => number;
  readonly #failures = new Map<string, OpenFailure>();
  #state: TaskState = "starting";
  #since: number;
  #lastError: TaskError | undefined;
  #lastSuccessAt: number | undefined;

  constructor(onChange: () => void, now: () => number = Date.now) {
    this.#onChange = onChange;
    this.#now = now;
    this.#since = now();
  }

  get state(): TaskState {
    return this.#state;
  }

  /** Enters a state that is not derived from open failures: `running` when the start succeeded, and the states of the end. */
  enter(state: TaskState, error?: unknown): void {
    if (error !== undefined) this.#lastError = toTaskError(error, this.#now());
    this.#change(state === "running" ? this.#active() : state);
  }

  /** Something failed at `place` and is repeated after `delay` (ms), or waits (undefined). Reported again at each failure. */
  failing(place: string, kind: OpenFailure["kind"], error: unknown, attempts: number, delay: number | undefined): void {
    const now = this.#now();
    const before = this.#failures.get(place);
    const described = toTaskError(error, now);
    this.#failures.set(place, {
      kind,
      error: described,
      since: before?.since ?? now,
      attempts,
      nextAttemptAt: delay === undefined ? undefined : now + delay,
    });
    this.#lastError = described;
    this.#derive();
  }

  resolved(place: string): void {
    if (this.#failures.delete(place)) this.#derive();
  }

  /** The state of one place, for the list of partitions. */
  stateOf(place: string): ActiveState {
    return this.#failures.get(place)?.kind ?? "running";
  }

  succeeded(): void {
    this.#lastSuccessAt = this.#now();
  }

  snapshot(): Pick<TaskStatus, "state" | "since" | "lastError" | "retry" | "lastSuccessAt"> {
    const oldest = this.#oldestRetry();
    return {
      state: this.#state,
      since: this.#since,
      lastError: this.#lastError,
      retry:
        oldest?.nextAttemptAt === undefined
          ? undefined
          : { attempts: oldest.attempts, since: oldest.since, nextAttemptAt: oldest.nextAttemptAt },
      lastSuccessAt: this.#lastSuccessAt,
    };
  }

  #oldestRetry(): OpenFailure | undefined {
    let oldest: OpenFailure | undefined;
    for (const failure of this.#failures.values()) {
      if (failure.nextAttemptAt !== undefined && (oldest === undefined || failure.since < oldest.since))
        oldest = failure;
    }
    return oldest;
  }

  #active(): ActiveState {
    let state: ActiveState = "running";
    for (const failure of this.#failures.values()) {
      if (failure.kind === "blocked") return "blocked";
      state = "retrying";
    }
    return state;
  }

  #derive(): void {
    if (isActive(this.#state)) this.#change(this.#active());
    else this.#onChange();
  }

  #change(state: TaskState): void {
    if (state === "running" || state === "stopped" || state === "completed") this.#lastError = undefined;
    if (state !== this.#state) {
      if (!mayFollow(this.#state, state)) {
        throw new ConnectorError(`a task cannot go from ${this.#state} to ${state}`, { code: "IGC_PLUGIN_STATE" });
      }
      this.#state = state;
      this.#since = this.#now();
    }
    this.#onChange();
  }
}
