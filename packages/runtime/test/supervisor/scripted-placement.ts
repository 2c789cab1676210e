import type { Placement } from "../../src/control/supervisor/placements/placement.ts";
import type { TaskState } from "../../src/shared/task/states.ts";
import type { TaskStatus } from "../../src/shared/task/task-status.ts";
import { taskStatus } from "../task-status.ts";

/** What a task does: runs, fails for good, dies at its start, or says nothing until it is stopped. */
export type Life = "good" | "fatal" | "die" | "silent";

/** A task in no thread at all: it follows `plugin_config.life`, at once, so that a test waits for nothing. */
export class ScriptedPlacement {
  readonly #alive = new Map<object, { readonly version: number; readonly die: () => void }>();
  /** Two versions that had workers at the same time; there must be none. */
  readonly overlaps: string[] = [];
  /** Times anything was started. */
  starts = 0;

  readonly place: Placement = ({ spec }, listener) => {
    const { life, version } = spec.pluginConfig as { readonly life: Life; readonly version: number };
    this.starts++;
    for (const other of this.#alive.values()) {
      if (other.version !== version) this.overlaps.push(`${other.version} and ${version}`);
    }
    const self = {};
    const exit = (code: number): void => {
      if (this.#alive.delete(self)) listener.exited({ error: undefined, code });
    };
    const end = (state: TaskState): void => {
      if (this.#alive.has(self)) listener.event({ type: "ended", status: statusIn(state) });
      exit(0);
    };
    this.#alive.set(self, { version, die: () => exit(7) });
    queueMicrotask(() => {
      if (!this.#alive.has(self)) return;
      if (life === "good") listener.event({ type: "status", status: statusIn("running") });
      else if (life === "fatal") end("failed");
      else if (life === "die") exit(7);
    });
    return { send: () => queueMicrotask(() => end("stopped")), terminate: () => queueMicrotask(() => exit(1)) };
  };

  get alive(): number {
    return this.#alive.size;
  }

  /** Every worker dies, as by a bug of its plugin. */
  crash(): void {
    for (const { die } of [...this.#alive.values()]) die();
  }
}

function statusIn(state: TaskState): TaskStatus {
  const error = { code: "IGC_SINK_AUTH", message: "wrong password", timestamp: 1 };
  return taskStatus(state, { lastError: state === "failed" ? error : undefined });
}
