import { endsBefore, pause } from "../concurrency/signals.ts";

/** Milliseconds. A rebalance is not pushed: the assignment is read this often, and whenever a partition turns out stale. */
const SYNC_INTERVAL = 5000;
/** Milliseconds between two looks at most, however stale the partitions say they are. */
const SYNC_SPACING = 50;

/** Looks again and again which partitions are ours. */
export class AssignmentWatch {
  readonly #sync: () => Promise<{ readonly assigned: readonly number[] }>;
  readonly #stopping: AbortSignal;
  #stale = new AbortController();

  constructor(sync: () => Promise<{ readonly assigned: readonly number[] }>, stopping: AbortSignal) {
    this.#sync = sync;
    this.#stopping = stopping;
  }

  /** Something shows that the assignment has changed: the next look is due at once. */
  stale(): void {
    this.#stale.abort();
  }

  /** The partitions, when the next look was due; undefined: stopped first. @throws what the look throws. */
  async next(): Promise<readonly number[] | undefined> {
    await pause(SYNC_SPACING, this.#stopping);
    await pause(SYNC_INTERVAL, AbortSignal.any([this.#stopping, this.#stale.signal]));
    if (this.#stopping.aborted) return undefined;
    // What turns stale while the answer is under way asks for another look.
    this.#stale = new AbortController();
    const syncing = this.#sync();
    try {
      if (!(await endsBefore(syncing, this.#stopping))) return undefined;
      const { assigned } = await syncing;
      return this.#stopping.aborted ? undefined : assigned;
    } catch (error) {
      // What was due still is: the caller says when to try again.
      this.stale();
      throw error;
    }
  }
}
