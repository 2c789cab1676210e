import { endsBefore, pause } from "../../concurrency/signals.ts";

/** Milliseconds. A rebalance is not pushed: the assignment is read this often, and whenever a partition is found stale. */
const SYNC_INTERVAL = 5000;
/**
 * Milliseconds until the first read after a join or a change, doubled up to the interval by every read that finds none: the partitions
 * of a member that joins arrive when their owners have stored what they had polled, mostly within a tenth of a second.
 */
const FIRST_INTERVAL = 100;
/** Milliseconds between two reads at least, however often partitions are found stale. */
const SYNC_SPACING = 50;

/** Reads repeatedly which partitions are assigned. */
export class AssignmentWatch {
  readonly #sync: () => Promise<{ readonly assigned: readonly number[] }>;
  readonly #stopping: AbortSignal;
  #stale = new AbortController();
  #interval = FIRST_INTERVAL;
  #assigned: readonly number[] | undefined;

  constructor(sync: () => Promise<{ readonly assigned: readonly number[] }>, stopping: AbortSignal) {
    this.#sync = sync;
    this.#stopping = stopping;
  }

  /** Something shows that the assignment has changed: the next read is due at once. */
  stale(): void {
    this.#stale.abort();
  }

  /** The assigned partitions, once the next read was due; undefined: stopped first. @throws what the read throws. */
  async next(): Promise<readonly number[] | undefined> {
    await pause(SYNC_SPACING, this.#stopping);
    await pause(this.#interval, AbortSignal.any([this.#stopping, this.#stale.signal]));
    if (this.#stopping.aborted) return undefined;
    // A partition that is found stale while the answer is under way asks for another read.
    this.#stale = new AbortController();
    const syncing = this.#sync();
    try {
      if (!(await endsBefore(syncing, this.#stopping))) return undefined;
      const { assigned } = await syncing;
      this.#read(assigned);
      return this.#stopping.aborted ? undefined : assigned;
    } catch (error) {
      // The read is still due: the caller says when to try again.
      this.stale();
      throw error;
    }
  }

  #read(assigned: readonly number[]): void {
    const same = this.#assigned?.join() === assigned.join();
    this.#interval = same ? Math.min(this.#interval * 2, SYNC_INTERVAL) : FIRST_INTERVAL;
    this.#assigned = assigned;
  }
}
