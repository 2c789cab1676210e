import { textOf } from "../../../shared/cut-text.ts";
import type { TaskError } from "../../../shared/task/task-status.ts";
import { WorkerHang } from "../placements/worker-hang.ts";

/** Why a worker ended without reporting its end; the label `reason` of the restart metric. */
export type DeathReason = "crash" | "exit" | "hang" | "out_of_memory" | "start";

export interface WorkerDeath {
  readonly reason: DeathReason;
  readonly error: TaskError;
}

/** What an uncaught error of a worker, or its exit without one, means for the connector. */
export function describeDeath(error: unknown, exitCode: number, memoryLimit: number): WorkerDeath {
  const timestamp = Date.now() * 1000;
  if (error === undefined) {
    return {
      reason: "exit",
      error: {
        code: "IGC_PLUGIN_EXITED",
        message: `the plugin ended its worker with exit code ${exitCode}`,
        fix: "a plugin must not call process.exit; throw FatalError instead",
        timestamp,
      },
    };
  }
  if (error instanceof WorkerHang) return { reason: "hang", error: describeHang(error) };
  if (codeOf(error) === "ERR_WORKER_OUT_OF_MEMORY") {
    return {
      reason: "out_of_memory",
      error: {
        code: "IGC_PLUGIN_OUT_OF_MEMORY",
        message: `the worker exceeded its memory_limit of ${Math.round(memoryLimit / 1024 / 1024)} MiB`,
        fix: "raise memory_limit, or lower batch_length, buffer_bytes or what the plugin keeps",
        timestamp,
      },
    };
  }
  const code = codeOf(error);
  return {
    reason: code === "IGC_PLUGIN_OUT_OF_MEMORY" ? "out_of_memory" : "crash",
    error: {
      code: code?.startsWith("IGC_") === true ? code : "IGC_PLUGIN_CRASHED",
      message: messageOf(error),
      timestamp,
    },
  };
}

/** The error of a task whose worker does not answer. */
export function describeHang({ message }: WorkerHang): TaskError {
  return {
    code: "IGC_PLUGIN_UNRESPONSIVE",
    message,
    fix: "a call must not keep its thread busy for so long: divide the work, or raise hang_timeout",
    timestamp: Date.now() * 1000,
  };
}

/** The worker could not be created. */
export function describeFailedStart(error: unknown): WorkerDeath {
  const message = `the worker could not be started: ${messageOf(error)}`;
  return { reason: "start", error: { code: "IGC_PLUGIN_WORKER", message, timestamp: Date.now() * 1000 } };
}

function codeOf(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

function messageOf(error: unknown): string {
  if (error instanceof Error) return textOf(error.message || error.name);
  return `the plugin threw ${textOf(error)}`;
}
