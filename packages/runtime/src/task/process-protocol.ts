import type { TaskCommand, TaskEvent, TaskSpec } from "./protocol.ts";

/** Control plane → a task's process. The task is the first message. */
export type ProcessMessage =
  | { readonly type: "task"; readonly spec: TaskSpec }
  | { readonly type: "command"; readonly command: TaskCommand };

/** A task's process → control plane. */
export type ProcessEvent =
  | { readonly type: "event"; readonly event: TaskEvent }
  | { readonly type: "crashed"; readonly crash: Crash }
  /** Everything before it has arrived. */
  | { readonly type: "done" };

/** An error that ends a worker or process, as it crosses its border. */
export interface Crash {
  readonly message: string;
  readonly code?: string;
}

export function toCrash(error: unknown): Crash {
  const message = error instanceof Error ? (error.message === "" ? error.name : error.message) : String(error);
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
  return { message, ...(typeof code === "string" ? { code } : {}) };
}

export function fromCrash({ message, code }: Crash): Error {
  return code === undefined ? new Error(message) : Object.assign(new Error(message), { code });
}

/** The module of a task's process; beside this file, built or not. */
export const TASK_PROCESS_URL = new URL(
  import.meta.url.endsWith(".ts") ? "./process-entry.ts" : "./process-entry.js",
  import.meta.url,
);
