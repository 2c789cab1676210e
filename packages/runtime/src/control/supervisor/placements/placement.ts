import type { TaskCommand, TaskEvent, TaskLogLine } from "../../../shared/task/task-messages.ts";
import type { TaskSpec } from "../../../shared/task/task-spec.ts";

/** Where a connector asks to run: in a thread of its own, with others in a pool of threads, or in a process of its own. */
export type Isolation = "thread" | "shared" | "process";

/** What a thread or process of its own needs. */
export interface WorkerNeeds {
  /** JavaScript heap in bytes. */
  readonly memoryLimit: number;
  readonly environment: NodeJS.ProcessEnv;
}

const MEBIBYTE = 1024 * 1024;
/** A heap below this does not even hold the runner. */
const LEAST_HEAP = 16;

/** A `memoryLimit` as V8 takes it. */
export function heapMebibytes(memoryLimit: number): number {
  return Math.max(LEAST_HEAP, Math.floor(memoryLimit / MEBIBYTE));
}

/** What a worker says, in this order; after `exited` nothing more. */
export interface WorkerListener<Event> {
  event(event: Event): void;
  /** What the plugin printed. */
  logs(lines: readonly TaskLogLine[]): void;
  /** `error` is undefined where it ended by its exit code alone. */
  exited(exit: { readonly error: unknown; readonly code: number }): void;
}

/** Work that runs somewhere else than the control plane. */
export interface PlacedWorker<Command> {
  send(command: Command): void;
  /** Ends it at once: what it had in hand comes again. */
  terminate(): void;
}

export interface PlacementRequest extends WorkerNeeds {
  readonly isolation: Isolation;
  readonly spec: TaskSpec;
}

export type PlacementListener = WorkerListener<TaskEvent>;
export type PlacedTask = PlacedWorker<TaskCommand>;

/** Where a task runs. The task's runner does not know it; the supervisor does not care. Throws when it cannot be started. */
export type Placement = (request: PlacementRequest, listener: PlacementListener) => PlacedTask;

/** Each task where its connector asks for. */
export function byIsolation(placements: Readonly<Record<Isolation, Placement>>): Placement {
  return (request, listener) => placements[request.isolation](request, listener);
}
