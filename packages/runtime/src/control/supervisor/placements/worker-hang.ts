import type { MarkedCall, MessageRange } from "../../../shared/workers/call-marks.ts";

/** A worker that did not answer, and what it was doing. */
export class WorkerHang extends Error {
  override readonly name = "WorkerHang";
  /** Milliseconds. */
  readonly silence: number;
  /** The calls that may be to blame: the one whose code runs, else all that are open. */
  readonly suspects: readonly MarkedCall[];

  constructor(silence: number, suspects: readonly MarkedCall[]) {
    const calls = suspects.length === 0 ? "nothing that was called" : suspects.map(describeCall).join("; ");
    super(`the worker has not answered for ${Math.round(silence / 1000)} s, in ${calls}`);
    this.silence = silence;
    this.suspects = suspects;
  }

  /** As it concerns one of the tasks of a worker; undefined: none of its calls may be to blame. */
  of(owner: string): WorkerHang | undefined {
    const own = this.suspects.filter((call) => call.owner === owner);
    return own.length === 0 && this.suspects.length > 0 ? undefined : new WorkerHang(this.silence, own);
  }
}

/** Ranges that are named in a text. */
const MAX_NAMED = 3;

function describeCall({ call, since, ranges, produced }: MarkedCall): string {
  const named = ranges.slice(0, MAX_NAMED).map(describeRange);
  if (ranges.length > MAX_NAMED) named.push(`${ranges.length - MAX_NAMED} more partitions`);
  if (produced !== undefined)
    named.push(produced.digest === undefined ? "a batch of the source" : "a message of the source");
  const messages = named.length === 0 ? "" : ` of ${named.join(", ")}`;
  return `${call}${messages} since ${new Date(since).toISOString()}`;
}

export function describeRange({ stream, topic, partition, first, last }: MessageRange): string {
  const offsets = first === last ? `offset ${first}` : `offsets ${first} to ${last}`;
  return `${stream}/${topic}/${partition} ${offsets}`;
}
