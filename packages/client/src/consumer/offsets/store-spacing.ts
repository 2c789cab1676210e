/** Milliseconds between two stores at least, over all partitions that share the spacing: 200 stores a second. */
const SPACING = 5;

/**
 * Spaces the stores of several partitions. A store costs a request whatever it stores, so the more partitions are busy, the less
 * often each is stored: with four of them every 20 ms, with 64 every 320 ms. What a crash repeats grows with that. Where few
 * stores are due nothing waits.
 */
export class StoreSpacing {
  #nextAt = Number.NEGATIVE_INFINITY;

  /** Takes the next turn; milliseconds until it comes. `now`: of a monotonic clock, milliseconds. */
  takeTurn(now: number): number {
    const at = Math.max(now, this.#nextAt);
    this.#nextAt = at + SPACING;
    return at - now;
  }
}
