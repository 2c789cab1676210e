import { Worker } from "node:worker_threads";
import { ConnectorError } from "@iggy-connectors/sdk";
import { OutputLines } from "../supervisor/output-lines.ts";
import type { TaskError, TaskLogLine } from "../task/protocol.ts";
import { workerEnvironment } from "../task/worker-environment.ts";
import {
  JOB_WORKER_URL,
  type JobCalls,
  type JobCommand,
  type JobEvent,
  type JobKind,
  type JobRequest,
  jobName,
} from "./protocol.ts";

export interface JobOptions {
  /** JavaScript heap in bytes. */
  readonly memoryLimit: number;
  readonly environment: NodeJS.ProcessEnv;
  onLogs(lines: readonly TaskLogLine[]): void;
}

const MEBIBYTE = 1024 * 1024;
/** Milliseconds that a job's worker may take to end. */
const END_TIMEOUT = 10_000;

/** A job in a worker of its own. One call at a time. */
export class JobWorker<Kind extends JobKind> implements AsyncDisposable {
  readonly #worker: Worker;
  readonly #exited: Promise<void>;
  #pending: PromiseWithResolvers<unknown> | undefined;

  constructor(request: JobRequest & { readonly kind: Kind }, options: JobOptions) {
    const worker = new Worker(JOB_WORKER_URL, {
      workerData: request,
      env: workerEnvironment(options.environment),
      resourceLimits: { maxOldGenerationSizeMb: Math.ceil(options.memoryLimit / MEBIBYTE) },
      stdout: true,
      stderr: true,
      name: jobName(request),
    });
    new OutputLines("info", (lines) => options.onLogs(lines)).read(worker.stdout);
    new OutputLines("warn", (lines) => options.onLogs(lines)).read(worker.stderr);
    worker.on("message", (event: JobEvent) => {
      if (event.type === "logs") options.onLogs(event.lines);
      else if (event.type === "answer") this.#pending?.resolve(event.answer);
      else this.#pending?.reject(errorOf(event.error));
    });
    let crash: unknown;
    worker.on("error", (error) => {
      crash = error;
    });
    this.#exited = new Promise((resolve) => {
      worker.once("exit", (code) => {
        this.#pending?.reject(ended(crash, code));
        resolve();
      });
    });
    this.#worker = worker;
  }

  /** Rejects with `ConnectorError`: what the job threw, or that its worker ended. */
  async call(argument: JobCalls[Kind]["argument"]): Promise<JobCalls[Kind]["answer"]> {
    this.#pending = Promise.withResolvers<unknown>();
    this.#post({ type: "call", argument });
    try {
      return (await this.#pending.promise) as JobCalls[Kind]["answer"];
    } finally {
      this.#pending = undefined;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#post({ type: "end" });
    const timer = setTimeout(() => void this.#worker.terminate(), END_TIMEOUT);
    await this.#exited;
    clearTimeout(timer);
  }

  #post(command: JobCommand): void {
    this.#worker.postMessage(command);
  }
}

/** An error that crossed the thread. */
export function errorOf({ code, message, place, fix }: TaskError): ConnectorError {
  return new ConnectorError(message, {
    code,
    ...(place === undefined ? {} : { place }),
    ...(fix === undefined ? {} : { fix }),
  });
}

function ended(crash: unknown, code: number): ConnectorError {
  const message = crash instanceof Error ? crash.message : `the plugin ended its worker with exit code ${code}`;
  return new ConnectorError(message, { code: crash === undefined ? "IGC_PLUGIN_EXITED" : "IGC_PLUGIN_CRASHED" });
}
