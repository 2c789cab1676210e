import type { ConnectorContext, OpenContext, RetryNotice } from "@iggy-connectors/sdk";
import { describeError } from "../../shared/errors.ts";
import type { Redaction } from "../../shared/redaction.ts";
import { noCounters, type TaskCounters } from "../../shared/task/counters.ts";
import { STATUS_INTERVAL, type TaskEvent } from "../../shared/task/task-messages.ts";
import type { TaskSpec } from "../../shared/task/task-spec.ts";
import type { PartitionStatus, TaskStatus } from "../../shared/task/task-status.ts";
import { Suspects } from "../sink/suspects.ts";
import { Tap } from "../tap/tap.ts";
import { type FailPoints, parseFailPoints } from "./fail-points.ts";
import { Guarantee } from "./guarantee.ts";
import { Health } from "./health.ts";
import { Lifetime } from "./lifetime.ts";
import { Measurements } from "./measurements.ts";
import { redactionOf } from "./redaction.ts";
import { TaskCalls } from "./task-calls.ts";
import { TaskLogger } from "./task-logger.ts";
import { TaskMetrics } from "./task-metrics.ts";

/** What a pipeline has taken and not ended yet, for the status. */
export interface WorkInFlight {
  readonly messages: number;
  readonly bytes: number;
  readonly partitions: readonly PartitionStatus[];
}

/** Names what a connector repeats inside of a call, in the state; the stage in the metrics. */
const INSIDE = "plugin";

const NOTHING_IN_FLIGHT: WorkInFlight = { messages: 0, bytes: 0, partitions: [] };

/**
 * One running task: what its pipeline reports to, and how that reaches the control plane. A status is posted when the state
 * changes, and once per `STATUS_INTERVAL` when something else did: never per message or batch.
 */
export class Task {
  readonly spec: TaskSpec;
  readonly health: Health;
  readonly lifetime: Lifetime;
  readonly logger: TaskLogger;
  readonly metrics: TaskMetrics;
  readonly measured = new Measurements();
  readonly tap: Tap;
  readonly guarantee: Guarantee;
  /** Marks the calls into the connector's code. */
  readonly calls: TaskCalls;
  /** Messages that an earlier worker of the task hung with. */
  readonly suspects: Suspects;
  readonly failPoints: FailPoints;
  /** For what leaves the process from the worker, such as dead letters; the control plane redacts what it shows. */
  readonly redaction: Redaction;
  readonly counters: TaskCounters = noCounters();
  /** Set by the pipeline; read when a status is posted. */
  workInFlight: () => WorkInFlight = () => NOTHING_IN_FLIGHT;
  readonly #post: (event: TaskEvent) => void;
  /** Runs while there is a change to be posted: a task that does nothing wakes its worker for nothing. */
  #timer: NodeJS.Timeout | undefined;
  #ended = false;
  #repeatsInside = false;
  #postedState: string | undefined;

  constructor(spec: TaskSpec, post: (event: TaskEvent) => void, calls: TaskCalls = new TaskCalls()) {
    this.spec = spec;
    this.calls = calls;
    calls.onEnded = () => this.#callEnded();
    this.#post = post;
    const changed = () => this.changed();
    this.logger = new TaskLogger(spec.logLevel, changed);
    this.metrics = new TaskMetrics(changed);
    this.guarantee = new Guarantee(this.logger, changed);
    this.tap = new Tap((messages) => post({ type: "tapped", messages }));
    this.health = new Health(() => this.#healthChanged());
    this.lifetime = new Lifetime(spec.stopTimeout, () => this.health.enter("stopping"));
    this.failPoints = parseFailPoints(process.env.IGGY_CONNECTORS_FAILPOINT);
    this.suspects = new Suspects(spec.suspects);
    this.redaction = redactionOf(spec);
    this.#healthChanged();
  }

  /** What the plugin's `create` receives. */
  get connectorContext(): ConnectorContext {
    const { spec, logger, metrics, lifetime } = this;
    const { key, task, workingDirectory, sinkStreams } = spec;
    const streams = sinkStreams.map(({ stream, topics, topicsPattern }) => ({
      stream,
      topics,
      pattern: topicsPattern !== undefined,
    }));
    const retrying = (notice: RetryNotice): void => this.#retriesInside(notice);
    return { key, task, logger, metrics, retrying, signal: lifetime.ended, workingDirectory, streams };
  }

  /** What the plugin's `open` receives. */
  openContext(signal: AbortSignal): OpenContext {
    return { signal, reportDelivery: (delivery, reason) => this.guarantee.report(delivery, reason) };
  }

  /** Something that the status shows has changed. */
  changed(): void {
    if (this.#timer !== undefined || this.#ended) return;
    // At multiples of the interval, so that the tasks of a worker post together.
    const wait = STATUS_INTERVAL - (performance.now() % STATUS_INTERVAL);
    this.#timer = setTimeout(() => this.#postStatus(), wait);
  }

  post(event: TaskEvent): void {
    this.#post(event);
  }

  /** The last event. */
  end(): void {
    this.#stopPosting();
    this.lifetime.close();
    this.#postLogs();
    this.#post({ type: "ended", status: this.#status() });
  }

  /** Ends without the last event, because an error is about to end the worker. */
  crash(): void {
    this.#stopPosting();
    this.lifetime.close();
    this.#postStatus();
  }

  #stopPosting(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
  }

  /** The connector repeats something inside of a call; the state says so until the call ends. */
  #retriesInside({ error, attempt, delay }: RetryNotice): void {
    this.#repeatsInside = true;
    this.counters.retries += 1;
    this.measured.retried(INSIDE, describeError(error).code);
    this.health.failing(INSIDE, "retrying", error, attempt, delay);
  }

  #callEnded(): void {
    if (!this.#repeatsInside) return;
    this.#repeatsInside = false;
    this.health.resolved(INSIDE);
  }

  #healthChanged(): void {
    if (this.health.state !== this.#postedState) this.#postStatus();
    else this.changed();
  }

  #postStatus(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#postedState = this.health.state;
    this.#postLogs();
    this.#post({ type: "status", status: this.#status() });
  }

  #postLogs(): void {
    const lines = this.logger.take();
    if (lines.length > 0) this.#post({ type: "logs", lines });
  }

  #status(): TaskStatus {
    const { messages, bytes, partitions } = this.workInFlight();
    return {
      ...this.health.snapshot(),
      delivery: this.guarantee.current,
      counters: { ...this.counters },
      ...this.measured.snapshot(),
      partitions,
      messagesInFlight: messages,
      bytesInFlight: bytes,
      pluginMetrics: this.metrics.snapshot(),
    };
  }
}
