import { performance } from "node:perf_hooks";

/** Microseconds since the Unix epoch. */
export type Clock = () => number;

/**
 * A wall clock with microseconds: `Date.now()` only knows milliseconds, and a message sent in the same millisecond as
 * the time a reader polls from would seem older than it. The fine clock is moved whenever it leaves the wall clock's
 * millisecond, so it is less than one off and comes closer with each reading.
 */
export function createClock(): Clock {
  let origin = Date.now() - performance.now();
  return () => {
    const elapsed = performance.now();
    const wall = Date.now();
    origin = Math.min(Math.max(origin, wall - elapsed), wall + 0.999 - elapsed);
    return Math.floor((origin + elapsed) * 1000);
  };
}
