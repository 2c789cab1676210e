import { performance } from "node:perf_hooks";
import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Milliseconds between two looks at the heap. */
const INTERVAL = 5000;
/** Share of the last interval in which the thread did something; above it the heap is in use. */
const BUSY = 0.05;
/** What the heap must have grown since it was collected last, so that collecting again is worth it. */
const GROWTH = { factor: 1.25, bytes: 2 * 1024 * 1024 };

/** What is looked at and done; replaced in tests. */
export interface HeapAccess {
  /** Share of the time since the last call in which the thread was busy, 0 … 1. */
  utilization(): number;
  /** Bytes that the heap has taken from the system. */
  size(): number;
  collect(): void;
}

/**
 * Gives back what a thread needed while it started or worked, once it is idle: V8 collects when it allocates, so a thread that does
 * nothing would keep all of it. Costs an idle thread 10 to 20 ms after it grew, and a busy one nothing.
 */
export class IdleHeap {
  readonly #heap: HeapAccess;
  #smallest = 0;

  constructor(heap: HeapAccess = ownHeap()) {
    this.#heap = heap;
  }

  /** Looks at an interval, which keeps no thread alive. */
  start(): void {
    setInterval(() => this.look(), INTERVAL).unref();
  }

  look(): void {
    const busy = this.#heap.utilization() > BUSY;
    if (busy || this.#heap.size() < this.#smallest * GROWTH.factor + GROWTH.bytes) return;
    this.#heap.collect();
    this.#smallest = this.#heap.size();
  }
}

function ownHeap(): HeapAccess {
  let last = performance.eventLoopUtilization();
  return {
    utilization() {
      const now = performance.eventLoopUtilization();
      const { utilization } = performance.eventLoopUtilization(now, last);
      last = now;
      return utilization;
    },
    size: () => getHeapStatistics().total_heap_size,
    collect: collectAll,
  };
}

/** Collects as V8 does before it reports that memory has run out: also code that is not in use, and the space for new objects shrinks. */
export function collectAll(): void {
  // Contexts that are made meanwhile have `gc`; this thread's own does not get it, and plugins see no difference.
  setFlagsFromString("--expose-gc");
  try {
    const gc = runInNewContext("gc") as NodeJS.GCFunction;
    gc({ type: "major", execution: "sync", flavor: "last-resort" });
  } finally {
    setFlagsFromString("--no-expose-gc");
  }
}
