import { ConnectorError } from "@iggy-connectors/sdk";
import { toTaskError } from "../../shared/errors.ts";
import type { TaskState } from "../../shared/task/states.ts";
import { mayFollow } from "../../shared/task/states.ts";
import type { TaskError, TaskStatus } from "../../shared/task/task-status.ts";

interface OpenFailure {
  readonly kind: "retrying" | "blocked";
  readonly error: TaskError;
  /** Milliseconds since the Unix epoch. */
  readonly since: number;
  readonly attempts: number;
  /** Milliseconds since the Unix epoch; undefined: waits for an operator. */
  readonly nextAttemptAt: number | undefined;
}

/**
 * The state of a task. It is derived: while the task is active, open failures (one per place where something is being
 * repeated or waits) make it `retrying` or `blocked`, and without any it is `running`. So a recovered task never keeps
 * an old error, and one partition's success does not hide another one's failure.
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

  /** Enters a state that does not follow from open failures: `running` when the start succeeded, and the ends. */
  enter(state: TaskState, error?: unknown): void {
    if (error !== undefined) this.#lastError = toTaskError(error, this.#now());
    this.#change(state === "running" ? this.#active() : state);
  }

  /** Something failed at `place` and is repeated or waits; the same place reports again at each failure. */
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

  /** What is wrong at a place, for the partition list. */
  stateOf(place: string): "running" | "retrying" | "blocked" {
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

  #active(): TaskState {
    let state: TaskState = "running";
    for (const failure of this.#failures.values()) {
      if (failure.kind === "blocked") return "blocked";
      state = "retrying";
    }
    return state;
  }

  #derive(): void {
    const active = this.#state === "running" || this.#state === "retrying" || this.#state === "blocked";
    if (active) this.#change(this.#active());
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
