import type { Placement, PlacementRequest } from "../placement.ts";
import type { StartPoolThread } from "./pool-thread.ts";
import { connectorName, SharedWorker } from "./shared-worker.ts";
import { BUSY, ROOM } from "./worker-load.ts";

export interface SharedPoolOptions {
  readonly start: StartPoolThread;
  /** Maximum number of workers, beside those of suspects. */
  readonly size: number;
}

/** Runs tasks of many connectors in few worker threads. */
export function sharedPlacement(options: SharedPoolOptions): Placement {
  const pool = new Pool(options);
  return (request, listener) => pool.workerFor(request).begin(request, listener);
}

/** Milliseconds between two looks at how busy the workers are. */
const LOOK_INTERVAL = 1000;
/** Looks between two changes: half as many again each time, so that work that comes and goes does not move tasks for ever. */
const PAUSE = { first: 4, growth: 1.5, longest: 600 };
/** Looks in a row after which a worker that is not needed is given up; together the workers work this share at most. */
const IDLE = { looks: 600, share: 0.2 };

/**
 * The workers that take tasks. A worker costs 20 MB, a further task in it 1 MB, so there is one until it has too much to do: then half
 * of its tasks move to another. Who of them is busy need not be known: where one is, it ends up alone, and where all are, in two
 * halves.
 */
class Pool {
  readonly #options: SharedPoolOptions;
  readonly #open = new Set<SharedWorker>();
  #cohorts = 0;
  #timer: NodeJS.Timeout | undefined;
  /** Looks until the next change may be made, and after it. */
  #wait = 0;
  #pause = PAUSE.first;
  #idleLooks = 0;

  constructor(options: SharedPoolOptions) {
    this.#options = options;
  }

  workerFor(request: PlacementRequest): SharedWorker {
    const { cohort } = request;
    const connector = connectorName(request.spec);
    const [best, ...others] = [...this.#open]
      .filter((worker) => worker.cohort === cohort)
      .map((worker) => ({ worker, own: worker.tenantsOf(connector), busy: worker.load.share >= BUSY ? 1 : 0 }))
      // The tasks of a connector go to different workers, so that they run on different cores.
      .sort((a, b) => a.own - b.own || a.busy - b.busy || a.worker.tenants - b.worker.tenants);
    const mayStart = cohort === undefined && others.length + 1 < this.#options.size;
    if (best === undefined || (mayStart && (best.own > 0 || best.busy > 0))) return this.#startWorker(request);
    return best.worker;
  }

  #startWorker({ environment, cohort }: PlacementRequest): SharedWorker {
    const worker = new SharedWorker({
      start: this.#options.start,
      environment,
      cohort,
      newCohort: () => ++this.#cohorts,
      onClosed: (closed) => this.#closed(closed),
    });
    this.#open.add(worker);
    this.#timer ??= setInterval(() => this.#look(), LOOK_INTERVAL).unref();
    return worker;
  }

  #closed(worker: SharedWorker): void {
    this.#open.delete(worker);
    if (this.#open.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #look(): void {
    for (const worker of this.#open) worker.look();
    const workers = [...this.#open].filter(({ cohort }) => cohort === undefined);
    this.#idleLooks = workers.reduce((sum, { load }) => sum + load.share, 0) <= IDLE.share ? this.#idleLooks + 1 : 0;
    this.#wait = Math.max(0, this.#wait - 1);
    if (this.#wait > 0 || !(this.#divide(workers) || this.#giveUp(workers))) return;
    this.#wait = this.#pause;
    this.#pause = Math.min(PAUSE.growth * this.#pause, PAUSE.longest);
  }

  /** Where one has too much to do, and there is, or may be, one with room. */
  #divide(workers: readonly SharedWorker[]): boolean {
    const room = workers.length < this.#options.size || workers.some(({ load }) => load.share <= ROOM);
    const busy = room ? workers.find(({ load, tenants }) => load.busy && tenants > 1) : undefined;
    busy?.moveHalf("this one has too much to do");
    return busy !== undefined;
  }

  /** Where one of several has been enough for long. */
  #giveUp(workers: readonly SharedWorker[]): boolean {
    if (this.#idleLooks < IDLE.looks) return false;
    const [least, ...others] = [...workers].sort((a, b) => a.tenants - b.tenants);
    if (least === undefined || others.length === 0) return false;
    const apart = least.connectors().some((name) => others.some((other) => other.tenantsOf(name) > 0));
    if (!apart) least.vacate("fewer are enough");
    return !apart;
  }
}
