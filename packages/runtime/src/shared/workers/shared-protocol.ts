import type { TaskCommand, TaskEvent } from "../task/task-messages.ts";
import type { TaskSpec } from "../task/task-spec.ts";
import type { Crash } from "./worker-protocol.ts";

/** Control plane → a shared worker. `id`, from 1, names a task within its worker. */
export type SharedCommand =
  /** Before the first task, to a worker that was started before the variables were known. */
  | { readonly type: "environment"; readonly variables: readonly (readonly [name: string, value: string])[] }
  | { readonly type: "task"; readonly id: number; readonly spec: TaskSpec }
  | { readonly type: "command"; readonly id: number; readonly command: TaskCommand };

/** A shared worker → control plane. */
export type SharedEvent =
  | { readonly type: "task"; readonly id: number; readonly event: TaskEvent }
  | { readonly type: "ended"; readonly id: number }
  /** The task needs another worker: what it still does ends only with this one. */
  | { readonly type: "failed"; readonly id: number; readonly crash: Crash }
  /** The worker is about to end, in code that the task began: it threw outside of a call, or exited. */
  | { readonly type: "ending"; readonly id: number };
