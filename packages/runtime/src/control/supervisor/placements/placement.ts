import type { TaskCommand, TaskEvent, TaskLogLine } from "../../../shared/task/task-messages.ts";
import type { TaskSpec } from "../../../shared/task/task-spec.ts";
import type { Verdict } from "./pool/verdict.ts";
import type { WorkerHang } from "./worker-hang.ts";

/** Where a task runs: in its own thread, with others in a pool of threads, or in its own process. */
export const ISOLATIONS = ["thread", "shared", "process"] as const;

export type Isolation = (typeof ISOLATIONS)[number];

/** The limits and the environment of a worker. */
export interface WorkerResources {
  /** JavaScript heap in bytes. */
  readonly memoryLimit: number;
  readonly environment: NodeJS.ProcessEnv;
}

const MEBIBYTE = 1024 * 1024;
/** A smaller heap does not even hold the task runner. */
const LEAST_HEAP = 16;

/** A `memoryLimit` as V8 takes it. */
export function heapMebibytes(memoryLimit: number): number {
  return Math.max(LEAST_HEAP, Math.floor(memoryLimit / MEBIBYTE));
}

/** How many times `buffer_bytes` a task may hold outside its heap beside `memory_limit`: what it was given, and what it makes of it. */
const BUFFER_COPIES = 2;

/** Bytes of buffers that the worker of a task may hold. */
export function bufferLimitOf(
  { memoryLimit }: WorkerResources,
  { bufferBytes }: Pick<TaskSpec, "bufferBytes">,
): number {
  return memoryLimit + BUFFER_COPIES * bufferBytes;
}

/** Told of what a worker does; after `exited` nothing more follows. */
export interface WorkerListener<Event> {
  event(event: Event): void;
  /** What the plugin printed. */
  logs(lines: readonly TaskLogLine[]): void;
  /** It does not answer, and is being ended. `exited` follows, unless it is inside a system call that does not return. */
  hung(hang: WorkerHang): void;
  /**
   * `error` is undefined where it ended by its exit code alone. `verdict`: it was a worker of several tasks, and which of them
   * ended it.
   */
  exited(exit: { readonly error: unknown; readonly code: number; readonly verdict?: Verdict }): void;
}

/** Work that runs outside the control plane's thread. */
export interface PlacedWorker<Command> {
  send(command: Command): void;
  /** Ends it at once: its unfinished messages will be processed again. */
  terminate(): void;
}

export interface PlacementRequest extends WorkerResources {
  readonly isolation: Isolation;
  readonly spec: TaskSpec;
  /** Of a task in the pool that is suspected of having ended a worker: it shares one with these suspects only. */
  readonly cohort?: number | undefined;
}

export interface PlacementListener extends WorkerListener<TaskEvent> {
  /** The task should end, and begin again in another worker, for no fault of its own. `message` says that, and why. */
  move(message: string): void;
}
export type PlacedTask = PlacedWorker<TaskCommand>;

/** Starts a task somewhere. Neither the task runner nor the supervisor depends on where. Throws when it cannot be started. */
export type Placement = (request: PlacementRequest, listener: PlacementListener) => PlacedTask;

/** Starts each task where its connector is configured to run. */
export function byIsolation(placements: Readonly<Record<Isolation, Placement>>): Placement {
  return (request, listener) => placements[request.isolation](request, listener);
}
