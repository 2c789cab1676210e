import { MessageChannel, type MessagePort, receiveMessageOnPort, type Transferable, Worker } from "node:worker_threads";
import type { TaskLogLine } from "../../../shared/task/task-messages.ts";
import { createMarks } from "../../../shared/workers/call-marks.ts";
import type { SharedCommand, SharedEvent } from "../../../shared/workers/shared-protocol.ts";
import { fromCrash, type ThreadStart } from "../../../shared/workers/worker-protocol.ts";
import { workerEnvironment } from "../../worker-environment.ts";
import { watchHeartbeat } from "./hang-watch.ts";
import { checkSharedEvent, MalformedMessageError, readWorkerMessage } from "./incoming.ts";
import { OutputLines } from "./output-lines.ts";
import type { PlacedTask, Placement, PlacementListener, PlacementRequest } from "./placement.ts";
import type { WorkerHang } from "./worker-hang.ts";

export interface SharedPoolOptions {
  readonly workerUrl: URL;
  /** Maximum number of workers. */
  readonly size: number;
  /** What plugins print; in a shared worker it cannot be attributed to one of them. */
  onOutput(lines: readonly TaskLogLine[]): void;
}

/** Mebibytes of heap, and of buffers, that the tasks of one worker share; a connector's own `memory_limit` does not apply. */
const HEAP = 1024;
const BUFFERS = 1024 * 1024 * 1024;

interface Tenant {
  readonly name: string;
  /** Milliseconds; 0 = never. */
  readonly hangTimeout: number;
  readonly listener: PlacementListener;
}

/**
 * Runs tasks of many connectors in few worker threads. A task that crashes its worker, or hangs in it, ends the others in it,
 * which are restarted.
 */
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

/** Why a worker ends: because of one task, or of something that cannot be attributed to one. */
interface Fault {
  readonly tenant: Tenant | undefined;
  readonly error: Error;
}

class SharedWorker {
  readonly #worker: Worker;
  readonly #port: MessagePort;
  readonly #tenants = new Map<number, Tenant>();
  /** Of the tasks that began, by the owner of their marks. */
  readonly #names = new Map<string, string>();
  #lastId = 0;
  #fault: Fault | undefined;
  #hang: WorkerHang | undefined;
  #failure: unknown;
  #ending = false;

  constructor(options: SharedPoolOptions, { environment }: PlacementRequest, onGone: () => void) {
    const { port1: own, port2: port } = new MessageChannel();
    const marks = createMarks();
    const start: ThreadStart<undefined> = { work: undefined, port, marks, bufferLimit: BUFFERS };
    this.#port = own;
    this.#worker = new Worker(options.workerUrl, {
      workerData: start,
      transferList: [port as unknown as Transferable],
      env: workerEnvironment(environment),
      resourceLimits: { maxOldGenerationSizeMb: HEAP },
      name: "shared connectors",
      stdout: true,
      stderr: true,
    });
    new OutputLines("info", (lines) => options.onOutput(lines)).read(this.#worker.stdout);
    new OutputLines("warn", (lines) => options.onOutput(lines)).read(this.#worker.stderr);
    own.on("message", (received: unknown) => this.#receive(received));
    this.#worker.on("error", (error) => {
      this.#failure ??= error;
    });
    const unwatch = watchHeartbeat(
      marks,
      () => this.#hangTimeout,
      (hang) => this.#hung(hang),
    );
    this.#worker.once("exit", (code) => {
      this.#ending = true;
      onGone();
      unwatch();
      for (let last = receiveMessageOnPort(own); last !== undefined; last = receiveMessageOnPort(own)) {
        this.#receive(last.message);
      }
      own.close();
      const tenants = [...this.#tenants];
      this.#tenants.clear();
      for (const [id, tenant] of tenants) tenant.listener.exited({ error: this.#causeFor(id, tenant), code });
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
    const tenant = { name: `${spec.type} ${spec.key}`, hangTimeout: spec.hangTimeout, listener };
    this.#tenants.set(id, tenant);
    this.#names.set(String(id), tenant.name);
    this.#post({ type: "task", id, spec });
    return {
      send: (command) => this.#post({ type: "command", id, command }),
      // A task that does not end can only be ended with its worker.
      terminate: () => {
        if (!this.#tenants.has(id)) return;
        this.#fault ??= { tenant, error: new Error("it did not stop in time") };
        this.#end();
      },
    };
  }

  /** The most patient of its tasks decides: what it allows is not a hang. */
  get #hangTimeout(): number {
    const timeouts = [...this.#tenants.values()].map(({ hangTimeout }) => hangTimeout);
    return timeouts.includes(0) ? 0 : Math.max(0, ...timeouts);
  }

  #receive(received: unknown): void {
    if (this.#fault?.error instanceof MalformedMessageError) return;
    try {
      const message = readWorkerMessage(received);
      if (message.type === "event") this.#handle(checkSharedEvent(message.event));
      else if (message.type === "crashed") this.#fault ??= { tenant: undefined, error: fromCrash(message.crash) };
    } catch (error) {
      const malformed = error instanceof MalformedMessageError ? error : new MalformedMessageError(error);
      this.#fault = { tenant: undefined, error: malformed };
      this.#end();
    }
  }

  #handle(event: SharedEvent): void {
    const tenant = this.#tenants.get(event.id);
    if (tenant === undefined) return;
    if (event.type === "task") tenant.listener.event(event.event);
    else if (event.type === "failed") this.#fault ??= { tenant, error: fromCrash(event.crash) };
    else {
      this.#tenants.delete(event.id);
      if (this.#tenants.size === 0) this.#end();
      tenant.listener.exited({ error: undefined, code: 0 });
    }
  }

  #hung(hang: WorkerHang): void {
    this.#hang = hang;
    for (const [id, { listener }] of this.#tenants) {
      const own = hang.of(String(id));
      if (own !== undefined) listener.hung(own);
    }
    this.#end();
  }

  #end(): void {
    this.#ending = true;
    void this.#worker.terminate();
  }

  /** The task at fault gets its own error, the others the name of that task. */
  #causeFor(id: number, tenant: Tenant): unknown {
    if (this.#hang !== undefined)
      return this.#hang.of(String(id)) ?? neighbourOf(this.#namesOf(this.#hang), this.#hang);
    const fault = this.#fault;
    if (fault === undefined) return this.#failure;
    return fault.tenant === undefined || fault.tenant === tenant
      ? fault.error
      : neighbourOf(fault.tenant.name, fault.error);
  }

  #namesOf({ suspects }: WorkerHang): string {
    const names = suspects.map(({ owner }) => this.#names.get(owner) ?? "a task that has ended");
    return [...new Set(names)].join(" or ");
  }

  #post(command: SharedCommand): void {
    this.#port.postMessage(command);
  }
}

function neighbourOf(name: string, { message }: Error): Error {
  return Object.assign(new Error(`${name} in the same shared worker failed: ${message}`), {
    code: "IGC_PLUGIN_NEIGHBOUR",
  });
}
