import { url as inspectorUrl } from "node:inspector";
import { type MarkedCall, readMarks } from "../../../shared/workers/call-marks.ts";
import { WorkerHang } from "./worker-hang.ts";

/** Milliseconds between two looks at a worker. */
const INTERVAL = 1000;
/** Milliseconds: a heartbeat that is late on a busy machine is not a hang. */
export const SHORTEST_HANG = 2000;

export interface HeartbeatWatch {
  readonly marks: SharedArrayBuffer;
  /** Milliseconds without a heartbeat that are a hang, at least 2000; 0 = never. */
  readonly timeout: number;
  /** Milliseconds between two looks. */
  readonly interval?: number;
  /** Called once. */
  onHang(hang: WorkerHang): void;
}

/**
 * Watches the heartbeat of a worker, from another thread. Time in which this thread did not run itself, as while the machine
 * sleeps, does not count.
 * @returns what ends the watch.
 */
export function watchHeartbeat({ marks, timeout, interval = INTERVAL, onHang }: HeartbeatWatch): () => void {
  if (timeout === 0) return () => {};
  const limit = Math.max(timeout, SHORTEST_HANG);
  const beats = new Int32Array(marks, 0, 1);
  let last = -1;
  let silence = 0;
  const timer = setInterval(() => {
    const now = Atomics.load(beats, 0);
    silence = now === last ? silence + interval : 0;
    last = now;
    // A breakpoint is not a hang.
    if (silence < limit || inspectorUrl() !== undefined) return;
    clearInterval(timer);
    onHang(new WorkerHang(silence, suspectsOf(marks)));
  }, interval);
  timer.unref();
  return () => clearInterval(timer);
}

/** The calls that may be to blame for a hang, by the marks of a worker that hangs. */
export function suspectsOf(marks: SharedArrayBuffer | ArrayBuffer): readonly MarkedCall[] {
  const { calls, running } = readMarks(marks);
  return running === undefined ? calls : [running];
}
