import { byIsolation, type Placement } from "../../src/control/supervisor/placements/placement.ts";
import { sharedPlacement } from "../../src/control/supervisor/placements/pool/pool.ts";
import type { PoolThreadListener, StartPoolThread } from "../../src/control/supervisor/placements/pool/pool-thread.ts";
import { WorkerHang } from "../../src/control/supervisor/placements/worker-hang.ts";
import { taskStatus } from "../task-status.ts";

/** A shared thread that is none: its tasks run at once, stop when they are told, and it ends as a test says. */
export class ScriptedThread {
  /** Keys of the connectors in it, by the numbers of their tasks. */
  readonly tasks = new Map<number, string>();
  /** Share of its time in which it works. */
  utilization = 0;
  readonly #listener: PoolThreadListener;
  readonly #onGone: () => void;
  #gone = false;

  constructor(listener: PoolThreadListener, onGone: () => void) {
    this.#listener = listener;
    this.#onGone = onGone;
  }

  begin(id: number, key: string): void {
    this.tasks.set(id, key);
    const event = { type: "status", status: taskStatus("running") };
    queueMicrotask(() => this.#send({ type: "task", id, event }));
  }

  stop(id: number): void {
    queueMicrotask(() => {
      this.tasks.delete(id);
      this.#send({ type: "task", id, event: { type: "ended", status: taskStatus("stopped") } });
      this.#send({ type: "ended", id });
    });
  }

  /** `owners`: those whose calls are marked. */
  hang(owners: readonly string[]): void {
    const ids = [...this.tasks].filter(([, key]) => owners.includes(key)).map(([id]) => String(id));
    this.#listener.hung(
      new WorkerHang(
        2500,
        ids.map((owner) => ({ owner, call: "consume", since: 0, ranges: [] })),
      ),
    );
  }

  exit(by: string): void {
    const [id] = [...this.tasks].find(([, key]) => key === by)!;
    this.#send({ type: "ending", id });
    this.end(5);
  }

  fillHeap(): void {
    this.#listener.failed(Object.assign(new Error("out of memory"), { code: "ERR_WORKER_OUT_OF_MEMORY" }));
    this.end(1);
  }

  end(code: number): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#onGone();
    this.#listener.exited(code, undefined);
  }

  #send(event: unknown): void {
    if (!this.#gone) this.#listener.message({ type: "event", event });
  }
}

/** The placements of a runtime without any thread: the pool is the real one, over scripted threads. */
export class ScriptedPool {
  readonly threads = new Set<ScriptedThread>();
  /** What runs in a thread of its own, by the key of its connector: how it dies. */
  readonly apart = new Map<string, (code: number) => void>();
  readonly place: Placement;

  constructor(size: number) {
    this.place = byIsolation({
      shared: sharedPlacement({ start: this.#start, size }),
      process: () => {
        throw new Error("nothing runs in a process here");
      },
      thread: ({ spec: { key } }, listener) => {
        const exit = (code: number): void => {
          if (this.apart.delete(key)) listener.exited({ error: undefined, code });
        };
        this.apart.set(key, exit);
        queueMicrotask(() => listener.event({ type: "status", status: taskStatus("running") }));
        return {
          send: () =>
            queueMicrotask(() => {
              listener.event({ type: "ended", status: taskStatus("stopped") });
              exit(0);
            }),
          terminate: () => queueMicrotask(() => exit(1)),
        };
      },
    });
  }

  /** Where a connector shares a thread now. */
  threadOf(key: string): ScriptedThread | undefined {
    return [...this.threads].find(({ tasks }) => [...tasks.values()].includes(key));
  }

  readonly #start: StartPoolThread = (_environment, listener) => {
    const thread: ScriptedThread = new ScriptedThread(listener, () => this.threads.delete(thread));
    this.threads.add(thread);
    return {
      post: (command) => {
        if (command.type === "task") thread.begin(command.id, command.spec.key);
        else if (command.type === "command" && command.command.type === "stop") thread.stop(command.id);
      },
      terminate: () => queueMicrotask(() => thread.end(1)),
      utilization: () => thread.utilization,
    };
  };
}
