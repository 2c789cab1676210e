import type { Placement, PlacementRequest } from "../placement.ts";
import type { StartPoolThread } from "./pool-thread.ts";
import { connectorName, SharedWorker } from "./shared-worker.ts";

export interface SharedPoolOptions {
  readonly start: StartPoolThread;
  /** Maximum number of workers, beside those of suspects. */
  readonly size: number;
}

/** Runs tasks of many connectors in few worker threads. */
export function sharedPlacement({ start, size }: SharedPoolOptions): Placement {
  /** Those that take tasks. */
  const open = new Set<SharedWorker>();
  let cohorts = 0;
  return (request, listener) => {
    const candidates = [...open].filter(({ cohort }) => cohort === request.cohort);
    const limit = request.cohort === undefined ? size : 1;
    let worker = leastBusy(candidates, request);
    if (worker === undefined || (worker.tenants > 0 && candidates.length < limit)) {
      worker = new SharedWorker({
        start,
        environment: request.environment,
        cohort: request.cohort,
        newCohort: () => ++cohorts,
        onClosed: (closed) => open.delete(closed),
      });
      open.add(worker);
    }
    return worker.begin(request, listener);
  };
}

/** The tasks of a connector go to different workers, so that they run on different cores. */
function leastBusy(workers: readonly SharedWorker[], { spec }: PlacementRequest): SharedWorker | undefined {
  const connector = connectorName(spec);
  const known = workers.map((worker) => ({
    worker,
    own: worker.tenantsOf(connector),
    utilization: worker.utilization(),
  }));
  known.sort((a, b) => a.own - b.own || a.worker.tenants - b.worker.tenants || a.utilization - b.utilization);
  return known[0]?.worker;
}
