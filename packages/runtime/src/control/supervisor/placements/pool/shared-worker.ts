import type { SharedEvent } from "../../../../shared/workers/shared-protocol.ts";
import { fromCrash } from "../../../../shared/workers/worker-protocol.ts";
import { checkSharedEvent, MalformedMessageError, readWorkerMessage } from "../incoming.ts";
import type { PlacedTask, PlacementListener, PlacementRequest } from "../placement.ts";
import { WorkerHang } from "../worker-hang.ts";
import type { PoolThread, StartPoolThread } from "./pool-thread.ts";
import { type FaultReason, judge, type Verdict } from "./verdict.ts";
import { WorkerLoad } from "./worker-load.ts";

interface Tenant {
  readonly name: string;
  /** Names its connector. */
  readonly connector: string;
  readonly listener: PlacementListener;
}

/** Why the worker ends. */
interface Fault {
  readonly reason: FaultReason;
  /** Undefined: its exit code says it. */
  readonly error: unknown;
  /** Numbers of the tasks whose code may have ended it; empty: not known. */
  readonly blamed: readonly number[];
}

export interface SharedWorkerOptions {
  readonly start: StartPoolThread;
  readonly environment: NodeJS.ProcessEnv;
  readonly cohort: number | undefined;
  readonly newCohort: () => number;
  /** It takes no more tasks. */
  readonly onClosed: (worker: SharedWorker) => void;
}

/** Milliseconds that the neighbours of a task that does not end have to finish what is open, before their worker is ended. */
const LEAVE_TIMEOUT = 1000;
/** Milliseconds that a thread may take to end. One inside a system call takes longer, but runs no code any more. */
const END_TIMEOUT = 500;

/**
 * One thread and the tasks in it.
 *
 * | state   | what is the case                                        | becomes                                                      |
 * | ------- | ------------------------------------------------------- | ------------------------------------------------------------ |
 * | open    | tasks run, and more may be placed here                  | leaving: a task does not end, or the pool needs it no more;  |
 * |         |                                                         | ending: its thread hangs, or its last task has left;         |
 * |         |                                                         | ended: its thread ended                                      |
 * | leaving | the other tasks are asked to go elsewhere               | ending: they have left, or have had their time               |
 * | ending  | the thread is being terminated                          | ended: it has ended, or is inside a system call              |
 * | ended   | each task that was left knows what that means for it    |                                                              |
 */
export class SharedWorker {
  readonly cohort: number | undefined;
  readonly load = new WorkerLoad();
  readonly #options: SharedWorkerOptions;
  readonly #thread: PoolThread;
  readonly #tenants = new Map<number, Tenant>();
  /** Of the tasks that began, by the owner of their marks. */
  readonly #names = new Map<number, string>();
  #lastId = 0;
  #state: "open" | "leaving" | "ending" | "ended" = "open";
  /** Tasks that only the end of the thread ends, and why. */
  readonly #stuck = new Map<number, Fault>();
  #fault: Fault | undefined;
  /** The thread's own reason for its end. */
  #failure: unknown;
  /** In the code that this task began the thread exits, or threw. */
  #endedBy: number | undefined;
  /** A task in it has reported anything. */
  #worked = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: SharedWorkerOptions) {
    this.#options = options;
    this.cohort = options.cohort;
    this.#thread = options.start(options.environment, {
      message: (received) => this.#receive(received),
      failed: (error) => {
        this.#failure ??= error;
      },
      hung: (hang) => {
        this.#fault ??= { reason: "hang", error: hang, blamed: hang.suspects.map(({ owner }) => Number(owner)) };
        this.#end();
      },
      exited: (code, running) => this.#ended(code, running),
    });
  }

  get tenants(): number {
    return this.#tenants.size;
  }

  /** How many tasks of a connector are in it. */
  tenantsOf(connector: string): number {
    return this.#tenants.values().reduce((sum, tenant) => (tenant.connector === connector ? sum + 1 : sum), 0);
  }

  connectors(): string[] {
    return [...this.#tenants.values()].map(({ connector }) => connector);
  }

  look(): void {
    this.load.look(this.#thread.utilization());
  }

  /**
   * Half of its tasks, those that have been here longest, begin again in another worker. One that keeps both busy in turn came last
   * to each, so it stays while the others leave it.
   */
  moveHalf(reason: string): void {
    const leaving = [...this.#tenants.values()].slice(0, Math.floor(this.#tenants.size / 2));
    for (const { listener } of leaving) listener.move(`moves to another worker: ${reason}`);
  }

  /** All of its tasks begin again in another worker, and it ends. */
  vacate(reason: string): void {
    this.#close("leaving");
    for (const { listener } of [...this.#tenants.values()]) listener.move(`moves to another worker: ${reason}`);
  }

  begin({ spec }: PlacementRequest, listener: PlacementListener): PlacedTask {
    const id = ++this.#lastId;
    const connector = connectorName(spec);
    const name = spec.tasks > 1 ? `${connector} ${spec.task}` : connector;
    this.#tenants.set(id, { name, connector, listener });
    this.#names.set(id, name);
    this.load.began();
    this.#thread.post({ type: "task", id, spec });
    return {
      send: (command) => {
        if (this.#tenants.has(id)) this.#thread.post({ type: "command", id, command });
      },
      // A task that does not end can only be ended with its worker.
      terminate: () => this.#leave(id, { reason: "stop", error: new Error("it did not stop in time"), blamed: [id] }),
    };
  }

  #receive(received: unknown): void {
    if (this.#state === "ended") return;
    try {
      const message = readWorkerMessage(received);
      if (message.type === "event") this.#handle(checkSharedEvent(message.event));
      else if (message.type === "crashed") this.#failure ??= fromCrash(message.crash);
    } catch (error) {
      const malformed = error instanceof MalformedMessageError ? error : new MalformedMessageError(error);
      const id = senderOf(received);
      this.#fault ??= { reason: "crash", error: malformed, blamed: id === undefined ? [] : [id] };
      this.#end();
    }
  }

  #handle(event: SharedEvent): void {
    if (event.type === "ending") {
      this.#endedBy = event.id;
      return;
    }
    const tenant = this.#tenants.get(event.id);
    if (tenant === undefined) return;
    this.#worked = true;
    if (event.type === "task") tenant.listener.event(event.event);
    else if (event.type === "failed") {
      this.#leave(event.id, { reason: "crash", error: fromCrash(event.crash), blamed: [event.id] });
    } else {
      this.#tenants.delete(event.id);
      this.#stuck.delete(event.id);
      if (this.#tenants.size === this.#stuck.size) this.#end();
      tenant.listener.exited({ error: undefined, code: 0 });
    }
  }

  /** A task ends only with the worker: the others leave first. */
  #leave(id: number, fault: Fault): void {
    const culprit = this.#tenants.get(id);
    if (culprit === undefined || this.#stuck.has(id)) return;
    this.#stuck.set(id, fault);
    this.#fault ??= fault;
    if (this.#state === "open") {
      this.#close("leaving");
      this.#timer = setTimeout(() => this.#end(), LEAVE_TIMEOUT);
      for (const [other, { listener }] of [...this.#tenants]) {
        if (this.#stuck.has(other)) continue;
        const reason = `${culprit.name} in the same worker: ${messageOf(fault.error)}`;
        listener.move(`moves to another worker, this one is ended because of ${reason}`);
      }
    }
    if (this.#tenants.size === this.#stuck.size) this.#end();
  }

  #close(state: "leaving" | "ending" | "ended"): void {
    const open = this.#state === "open";
    this.#state = state;
    if (open) this.#options.onClosed(this);
  }

  #end(): void {
    if (this.#state === "ending" || this.#state === "ended") return;
    clearTimeout(this.#timer);
    this.#close("ending");
    this.#timer = setTimeout(() => this.#ended(1, undefined), END_TIMEOUT);
    this.#thread.terminate();
  }

  #ended(code: number, running: string | undefined): void {
    if (this.#state === "ended") return;
    clearTimeout(this.#timer);
    this.#close("ended");
    const fault = this.#fault ?? this.#faultOfExit(running);
    const tenants = [...this.#tenants];
    this.#tenants.clear();
    // Where it never worked nobody is to blame, or everybody.
    if (!this.#worked && fault.blamed.length === 0) {
      for (const [, { listener }] of tenants) listener.exited({ error: fault.error, code });
      return;
    }
    const blamed = this.#stuck.size > 0 ? [...this.#stuck.keys()] : [...new Set(fault.blamed)];
    const verdicts = this.#judge(tenants, blamed, fault.reason);
    const names = namesOf(blamed, this.#names);
    const message = `${names === "" ? "" : `${names}: `}${messageOf(fault.error) || `exit code ${code}`}`;
    for (const [id, { listener }] of tenants) {
      const error = this.#stuck.get(id)?.error ?? fault.error;
      const own = error instanceof WorkerHang ? error.of(String(id)) : error;
      listener.exited({ error: own, code, verdict: { ...verdicts.get(id)!, reason: fault.reason, message } });
    }
  }

  #judge(
    tenants: readonly (readonly [number, Tenant])[],
    blamed: readonly number[],
    reason: FaultReason,
  ): ReadonlyMap<number, Pick<Verdict, "role" | "cohort">> {
    const ids = tenants.map(([id]) => id);
    // Each that is stuck is to blame for that itself.
    if (this.#stuck.size > 0 && reason !== "hang") {
      return new Map(ids.map((id) => [id, { role: this.#stuck.has(id) ? "culprit" : "neighbour" }]));
    }
    return judge(ids, blamed, this.#options.newCohort);
  }

  /** The thread ended by itself. */
  #faultOfExit(running: string | undefined): Fault {
    const error = this.#failure;
    const reason = isOutOfMemory(error) ? "out_of_memory" : error === undefined ? "exit" : "crash";
    if (this.#endedBy !== undefined) return { reason, error, blamed: [this.#endedBy] };
    // The task that fills the last byte may have filled no other.
    const blamed = reason === "out_of_memory" || running === undefined ? [] : [Number(running)];
    return { reason, error, blamed };
  }
}

/** Names a connector of a task, in messages and within a pool. */
export function connectorName({ type, key }: PlacementRequest["spec"]): string {
  return `${type} ${key}`;
}

/** The task that sent what cannot be understood. */
function senderOf(received: unknown): number | undefined {
  const id = (received as { readonly event?: { readonly id?: unknown } | null } | null)?.event?.id;
  return typeof id === "number" ? id : undefined;
}

function namesOf(ids: readonly number[], names: ReadonlyMap<number, string>): string {
  return [...new Set(ids.map((id) => names.get(id) ?? "a task that has ended"))].join(" or ");
}

function isOutOfMemory(error: unknown): boolean {
  const code = (error as { readonly code?: unknown } | undefined)?.code;
  return code === "ERR_WORKER_OUT_OF_MEMORY" || code === "IGC_PLUGIN_OUT_OF_MEMORY";
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : "";
}
