import { Worker } from "node:worker_threads";
import type { TaskLogLine } from "../../../shared/task/task-messages.ts";
import { fromCrash } from "../../../shared/workers/process-protocol.ts";
import type { SharedEvent, SharedMessage } from "../../../shared/workers/shared-protocol.ts";
import { workerEnvironment } from "../../worker-environment.ts";
import { OutputLines } from "./output-lines.ts";
import type { PlacedTask, Placement, PlacementListener, PlacementRequest } from "./placement.ts";

export interface SharedPoolOptions {
  readonly workerUrl: URL;
  /** Maximum number of workers. */
  readonly size: number;
  /** What plugins print; in a shared worker it cannot be attributed to one of them. */
  onOutput(lines: readonly TaskLogLine[]): void;
}

/** Mebibytes of heap that the tasks of one worker share; a connector's own `memory_limit` does not apply. */
const HEAP = 1024;

interface Tenant {
  readonly name: string;
  readonly listener: PlacementListener;
}

/** Runs tasks of many connectors in few worker threads. A task that crashes ends the others in its worker, which are restarted. */
export function sharedPlacement(options: SharedPoolOptions): Placement {
  const workers = new Set<SharedWorker>();
  return (request, listener) => {
    const free = [...workers].filter(({ ending }) => !ending).sort((a, b) => a.tenants - b.tenants)[0];
    let worker = free;
    if (worker === undefined || (worker.tenants > 0 && workers.size < options.size)) {
      const created: SharedWorker = new SharedWorker(options, request, () => workers.delete(created));
      workers.add(created);
      worker = created;
    }
    return worker.begin(request, listener);
  };
}

class SharedWorker {
  readonly #worker: Worker;
  readonly #tenants = new Map<number, Tenant>();
  #lastId = 0;
  #faulty: { readonly name: string; readonly error: Error } | undefined;
  #failure: unknown;
  #ending = false;

  constructor(options: SharedPoolOptions, { environment }: PlacementRequest, onGone: () => void) {
    this.#worker = new Worker(options.workerUrl, {
      env: workerEnvironment(environment),
      resourceLimits: { maxOldGenerationSizeMb: HEAP },
      name: "shared connectors",
      stdout: true,
      stderr: true,
    });
    new OutputLines("info", (lines) => options.onOutput(lines)).read(this.#worker.stdout);
    new OutputLines("warn", (lines) => options.onOutput(lines)).read(this.#worker.stderr);
    this.#worker.on("message", (event: SharedEvent) => this.#handle(event));
    this.#worker.on("error", (error) => {
      this.#failure ??= error;
    });
    this.#worker.once("exit", (code) => {
      this.#ending = true;
      onGone();
      const tenants = [...this.#tenants.values()];
      this.#tenants.clear();
      for (const { name, listener } of tenants) listener.exited({ error: this.#causeFor(name), code });
    });
  }

  get tenants(): number {
    return this.#tenants.size;
  }

  get ending(): boolean {
    return this.#ending;
  }

  begin({ spec }: PlacementRequest, listener: PlacementListener): PlacedTask {
    const id = ++this.#lastId;
    this.#tenants.set(id, { name: `${spec.type} ${spec.key}`, listener });
    this.#post({ type: "task", id, spec });
    return {
      send: (command) => this.#post({ type: "command", id, command }),
      // A task that does not end can only be ended with its worker.
      terminate: () => {
        if (!this.#tenants.has(id)) return;
        this.#faulty ??= { name: `${spec.type} ${spec.key}`, error: new Error("it did not stop in time") };
        this.#end();
      },
    };
  }

  #handle(event: SharedEvent): void {
    const tenant = this.#tenants.get(event.id);
    if (tenant === undefined) return;
    if (event.type === "event") tenant.listener.event(event.event);
    else if (event.type === "crashed") this.#faulty ??= { name: tenant.name, error: fromCrash(event.crash) };
    else {
      this.#tenants.delete(event.id);
      if (this.#tenants.size === 0) this.#end();
      tenant.listener.exited({ error: undefined, code: 0 });
    }
  }

  #end(): void {
    this.#ending = true;
    void this.#worker.terminate();
  }

  /** The task at fault gets its own error, the others the name of that task. */
  #causeFor(name: string): unknown {
    const faulty = this.#faulty;
    if (faulty === undefined || faulty.name === name) return faulty?.error ?? this.#failure;
    return Object.assign(new Error(`${faulty.name} in the same shared worker failed: ${faulty.error.message}`), {
      code: "IGC_PLUGIN_NEIGHBOUR",
    });
  }

  #post(message: SharedMessage): void {
    this.#worker.postMessage(message);
  }
}
