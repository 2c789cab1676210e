import type { TaskCommand, TaskEvent } from "../task/task-messages.ts";
import type { TaskSpec } from "../task/task-spec.ts";
import type { Crash } from "./process-protocol.ts";

/** Control plane → a shared worker. `id` names a task within its worker. */
export type SharedMessage =
  | { readonly type: "task"; readonly id: number; readonly spec: TaskSpec }
  | { readonly type: "command"; readonly id: number; readonly command: TaskCommand };

/** A shared worker → control plane. */
export type SharedEvent =
  | { readonly type: "event"; readonly id: number; readonly event: TaskEvent }
  | { readonly type: "done"; readonly id: number }
  /** The task needs another worker; this one ends. */
  | { readonly type: "crashed"; readonly id: number; readonly crash: Crash };
