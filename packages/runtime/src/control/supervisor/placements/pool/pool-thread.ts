import { receiveMessageOnPort } from "node:worker_threads";
import type { TaskLogLine } from "../../../../shared/task/task-messages.ts";
import type { SharedCommand } from "../../../../shared/workers/shared-protocol.ts";
import { suspectsOf, watchHeartbeat } from "../hang-watch.ts";
import { OutputLines } from "../output-lines.ts";
import type { WorkerHang } from "../worker-hang.ts";
import { type PoolWorkerLimits, startPoolWorker } from "./pool-worker.ts";
import type { PreparedWorker } from "./prepared-worker.ts";

export interface PoolThreadOptions extends PoolWorkerLimits {
  readonly workerUrl: URL;
  /** Taken first. */
  readonly prepared?: PreparedWorker | undefined;
  /** What plugins print; in a shared worker it cannot be attributed to one of them. */
  onOutput(lines: readonly TaskLogLine[]): void;
}

/** Told of what a thread does; after `exited` nothing more follows. */
export interface PoolThreadListener {
  message(received: unknown): void;
  /** What ended it, unless its exit code does. */
  failed(error: unknown): void;
  /** It keeps its neighbours waiting. */
  hung(hang: WorkerHang): void;
  /** `running`: the owner of the call that ran when it ended; undefined: none, or not known. */
  exited(code: number, running: string | undefined): void;
}

/** A thread that several tasks share. */
export interface PoolThread {
  post(command: SharedCommand): void;
  terminate(): void;
  /** Share of the time since the last look in which it was busy. */
  utilization(): number;
}

export type StartPoolThread = (environment: NodeJS.ProcessEnv, listener: PoolThreadListener) => PoolThread;

/**
 * Milliseconds without a heartbeat after which a shared worker is replaced, so that its tasks deliver again within 5 s. It
 * holds for all that share it, whatever their `hang_timeout`: a call may take longer where it keeps nobody waiting.
 */
const LONGEST_SILENCE = 2000;
/**
 * Milliseconds of them that must be its own where a call's code runs: on a busy machine the neighbours of one that hangs would wait several times as
 * long for all of them.
 */
const OWN_SILENCE = 1500;
/** Milliseconds between two looks. */
const INTERVAL = 250;

export function poolThreads(options: PoolThreadOptions): StartPoolThread {
  return (environment, listener) => {
    const { workerUrl, prepared } = options;
    const {
      worker,
      port: own,
      marks,
    } = prepared?.take(environment) ?? startPoolWorker(workerUrl, environment, options);
    new OutputLines("info", (lines) => options.onOutput(lines)).read(worker.stdout);
    new OutputLines("warn", (lines) => options.onOutput(lines)).read(worker.stderr);
    own.on("message", (received: unknown) => listener.message(received));
    worker.on("error", (error) => listener.failed(error));
    const unwatch = watchHeartbeat({
      marks,
      timeout: LONGEST_SILENCE,
      own: OWN_SILENCE,
      interval: INTERVAL,
      onHang: (hang) => listener.hung(hang),
    });
    worker.once("exit", (code) => {
      unwatch();
      // What the worker sent last may not have been read yet.
      for (let last = receiveMessageOnPort(own); last !== undefined; last = receiveMessageOnPort(own)) {
        listener.message(last.message);
      }
      own.close();
      const suspects = suspectsOf(marks);
      listener.exited(code, suspects.length === 1 ? suspects[0]?.owner : undefined);
    });
    let since = worker.performance.eventLoopUtilization();
    return {
      post: (command) => own.postMessage(command),
      terminate: () => void worker.terminate(),
      utilization: () => {
        const now = worker.performance.eventLoopUtilization();
        const { utilization } = worker.performance.eventLoopUtilization(now, since);
        since = now;
        return utilization;
      },
    };
  };
}
