import { ConnectorError } from "@iggy-connectors/sdk";
import {
  type JobCalls,
  type JobCommand,
  type JobEvent,
  type JobKind,
  type JobRequest,
  jobName,
} from "../../../shared/jobs/job.ts";
import type { TaskLogLine } from "../../../shared/task/task-messages.ts";
import type { TaskError } from "../../../shared/task/task-status.ts";
import { JOB_PROCESS_URL, JOB_WORKER_URL } from "../../../worker/entries.ts";
import type { ConfiguredIsolation } from "../../supervisor/placements/choose-isolation.ts";
import { checkJobEvent } from "../../supervisor/placements/incoming.ts";
import type { PlacedWorker, WorkerListener, WorkerResources } from "../../supervisor/placements/placement.ts";
import { startProcess } from "../../supervisor/placements/process.ts";
import { startThread } from "../../supervisor/placements/thread.ts";
import { describeDeath } from "../../supervisor/run/worker-death.ts";

export interface JobOptions extends WorkerResources {
  /** Where the connector's tasks run; a job has its own process where they have, else its own thread. */
  readonly isolation: ConfiguredIsolation;
  /** Aborted: the job ends at once. */
  readonly signal?: AbortSignal;
  onLogs(lines: readonly TaskLogLine[]): void;
  /** Milliseconds without a message after which a worker counts as hung. */
  readonly silence?: number;
}

/** Milliseconds that a job's worker may take to end. */
const END_TIMEOUT = 10_000;
const SILENCE = 30_000;

/** A job in its own worker. One call at a time. */
export class JobWorker<Kind extends JobKind> implements AsyncDisposable {
  readonly #worker: PlacedWorker<JobCommand>;
  readonly #options: JobOptions;
  readonly #exited = Promise.withResolvers<void>();
  readonly #terminate = (): void => this.#worker.terminate();
  #pending: PromiseWithResolvers<unknown> | undefined;
  /** Why no further call is possible. */
  #death: ConnectorError | undefined;
  #silence: NodeJS.Timeout | undefined;

  constructor(request: JobRequest & { readonly kind: Kind }, options: JobOptions) {
    this.#options = options;
    this.#worker = start(request, options, {
      event: (event) => this.#handle(event),
      logs: options.onLogs,
      // A job reports by itself that it is alive.
      hung: () => {},
      exited: ({ error, code }) => {
        this.#die(connectorErrorOf(describeDeath(error, code, options.memoryLimit).error));
        this.#exited.resolve();
      },
    });
    options.signal?.addEventListener("abort", this.#terminate, { once: true });
    if (options.signal?.aborted === true) this.#terminate();
  }

  /** Rejects with `ConnectorError`: what the job threw, or that its worker has ended or hangs. */
  async call(argument: JobCalls[Kind]["argument"]): Promise<JobCalls[Kind]["answer"]> {
    if (this.#death !== undefined) throw this.#death;
    this.#pending = Promise.withResolvers<unknown>();
    this.#listen();
    this.#worker.send({ type: "call", argument });
    try {
      return (await this.#pending.promise) as JobCalls[Kind]["answer"];
    } finally {
      this.#pending = undefined;
      clearTimeout(this.#silence);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#worker.send({ type: "end" });
    const timer = setTimeout(this.#terminate, END_TIMEOUT);
    await this.#exited.promise;
    clearTimeout(timer);
    this.#options.signal?.removeEventListener("abort", this.#terminate);
  }

  #handle(event: JobEvent): void {
    if (this.#pending !== undefined) this.#listen();
    if (event.type === "logs") this.#options.onLogs(event.lines);
    else if (event.type === "answer") this.#pending?.resolve(event.answer);
    else if (event.type === "failed") this.#pending?.reject(connectorErrorOf(event.error));
  }

  /** Restarts the time that the worker may be silent. */
  #listen(): void {
    clearTimeout(this.#silence);
    const silence = this.#options.silence ?? SILENCE;
    this.#silence = setTimeout(() => {
      this.#die(
        new ConnectorError(`the plugin blocked its worker for ${Math.round(silence / 1000)} s`, {
          code: "IGC_PLUGIN_HUNG",
          fix: "the worker was terminated; the plugin must not block the thread while it waits or computes",
        }),
      );
      this.#terminate();
    }, silence);
  }

  #die(error: ConnectorError): void {
    clearTimeout(this.#silence);
    this.#death ??= error;
    this.#pending?.reject(this.#death);
  }
}

function start(request: JobRequest, options: JobOptions, listener: WorkerListener<JobEvent>): PlacedWorker<JobCommand> {
  return options.isolation === "process"
    ? startProcess(JOB_PROCESS_URL, { work: request }, options, listener, checkJobEvent)
    : startThread(JOB_WORKER_URL, { name: jobName(request), work: request }, options, listener, checkJobEvent);
}

/** An error that was sent by a worker. */
export function connectorErrorOf({ code, message, place, fix }: TaskError): ConnectorError {
  return new ConnectorError(message, {
    code,
    ...(place === undefined ? {} : { place }),
    ...(fix === undefined ? {} : { fix }),
  });
}
