import type { TaskCommand, TaskEvent, TaskLogLine, TaskSpec } from "../../task/protocol.ts";

interface PlacementRequest {
  readonly spec: TaskSpec;
  /** JavaScript heap in bytes. */
  readonly memoryLimit: number;
  readonly environment: NodeJS.ProcessEnv;
}

/** What a placed task says, in this order; after `exited` nothing more. */
interface PlacementListener {
  event(event: TaskEvent): void;
  /** What the plugin printed. */
  logs(lines: readonly TaskLogLine[]): void;
  /** `error` is undefined where it ended by its exit code alone. */
  exited(exit: { readonly error: unknown; readonly code: number }): void;
}

/** A task that runs somewhere else than the control plane. */
export interface PlacedTask {
  send(command: TaskCommand): void;
  /** Ends it at once: what it had in hand comes again. */
  terminate(): void;
}

/** Where a task runs. The task's runner does not know it; the supervisor does not care. Throws when it cannot be started. */
export type Placement = (request: PlacementRequest, listener: PlacementListener) => PlacedTask;
