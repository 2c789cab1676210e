import { url as inspectorUrl } from "node:inspector";
import { type MarkedCall, readMarks } from "../../../shared/workers/call-marks.ts";
import { WorkerHang } from "./worker-hang.ts";

/** Milliseconds between two looks at a worker. */
const INTERVAL = 1000;
/** Milliseconds: a heartbeat that is late on a busy machine is not a hang. */
const SHORTEST = 2000;

/**
 * Watches the heartbeat of a worker, from another thread. `timeout`: milliseconds, read at each look; 0 = never. `onHang` is
 * called once. Time in which this thread did not run itself, as while the machine sleeps, does not count.
 * @returns what ends the watch.
 */
export function watchHeartbeat(
  marks: SharedArrayBuffer,
  timeout: () => number,
  onHang: (hang: WorkerHang) => void,
): () => void {
  const beats = new Int32Array(marks, 0, 1);
  let last = -1;
  let silence = 0;
  const timer = setInterval(() => {
    const now = Atomics.load(beats, 0);
    silence = now === last ? silence + INTERVAL : 0;
    last = now;
    const limit = timeout();
    // A breakpoint is not a hang.
    if (limit === 0 || silence < Math.max(limit, SHORTEST) || inspectorUrl() !== undefined) return;
    clearInterval(timer);
    onHang(new WorkerHang(silence, suspectsOf(marks)));
  }, INTERVAL);
  timer.unref();
  return () => clearInterval(timer);
}

/** The calls that may be to blame for a hang, by the marks of a worker that hangs. */
export function suspectsOf(marks: SharedArrayBuffer | ArrayBuffer): readonly MarkedCall[] {
  const { calls, running } = readMarks(marks);
  return running === undefined ? calls : [running];
}
