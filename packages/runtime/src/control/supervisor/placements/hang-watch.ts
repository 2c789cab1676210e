import { url as inspectorUrl } from "node:inspector";
import { type MarkedCall, readHeartbeat, readMarks } from "../../../shared/workers/call-marks.ts";
import { processorWait } from "../../../shared/workers/processor-wait.ts";
import { WorkerHang } from "./worker-hang.ts";

/** Milliseconds between two looks at a worker. */
const INTERVAL = 1000;
/** Milliseconds: a heartbeat that is late on a busy machine is not a hang. */
export const SHORTEST_HANG = 2000;

export interface HeartbeatWatch {
  readonly marks: SharedArrayBuffer;
  /** Milliseconds without a heartbeat that are a hang, at least 2000; 0 = never. */
  readonly timeout: number;
  /**
   * Milliseconds of them for which a call must have had a processor, or have waited for something else. Default all of them,
   * which also holds where no call's code runs: the worker may be loading what a task needs.
   */
  readonly own?: number;
  /** Milliseconds between two looks. */
  readonly interval?: number;
  /** Milliseconds for which a thread has waited for a processor so far. */
  readonly waitOf?: (thread: number) => number;
  /** Milliseconds that never go back. */
  readonly clock?: () => number;
  /** Called once. */
  onHang(hang: WorkerHang): void;
}

/**
 * Watches the heartbeat of a worker, from another thread. Time in which either thread had no processor, as while the machine
 * sleeps or has too much to do, does not count. Nor does the start of the worker: no connector's code runs in it yet.
 * @returns what ends the watch.
 */
export function watchHeartbeat(watch: HeartbeatWatch): () => void {
  const {
    marks,
    timeout,
    interval = INTERVAL,
    waitOf = processorWait,
    clock = () => performance.now(),
    onHang,
  } = watch;
  if (timeout === 0) return () => {};
  const limit = Math.max(timeout, SHORTEST_HANG);
  const { own: ownLimit = limit } = watch;
  let last = 0;
  let lastLook = clock();
  let silence = 0;
  let own = 0;
  /** At the last look, of a worker that was silent then. */
  let waited: number | undefined;
  const timer = setInterval(() => {
    const now = clock();
    // A look that is very late says nothing about the worker: neither thread ran, as while the process is stopped.
    const passed = Math.min(now - lastLook, limit / 2);
    lastLook = now;
    const { beats, thread } = readHeartbeat(marks);
    if (beats !== last || beats === 0) {
      last = beats;
      silence = 0;
      own = 0;
      waited = undefined;
      return;
    }
    const waits = waitOf(thread);
    silence += passed;
    own += passed - clamp(waits - (waited ?? waits), passed);
    waited = waits;
    if (silence < limit || own < ownLimit) return;
    if (own < limit && readMarks(marks).running === undefined) return;
    // A breakpoint is not a hang.
    if (inspectorUrl() !== undefined) return;
    clearInterval(timer);
    onHang(new WorkerHang(own, suspectsOf(marks)));
  }, interval);
  timer.unref();
  return () => clearInterval(timer);
}

const clamp = (value: number, most: number): number => Math.min(Math.max(value, 0), most);

/** The calls that may be to blame for a hang, by the marks of a worker that hangs. */
export function suspectsOf(marks: SharedArrayBuffer | ArrayBuffer): readonly MarkedCall[] {
  const { calls, running } = readMarks(marks);
  return running === undefined ? calls : [running];
}
