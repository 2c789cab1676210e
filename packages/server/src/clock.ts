import { performance } from "node:perf_hooks";

/** Microseconds since the Unix epoch. */
export type Clock = () => number;

/** How far the fine clock may drift from the wall clock before it is set again; wider than the wall clock's grain. */
const TOLERANCE_MS = 2;

/**
 * A wall clock with microseconds: `Date.now()` only knows milliseconds, and a message sent in the same millisecond as
 * the time a reader polls from would seem older than it.
 */
export function createClock(): Clock {
  let origin = Date.now() - performance.now();
  return () => {
    const elapsed = performance.now();
    const wall = Date.now();
    if (Math.abs(origin + elapsed - wall) > TOLERANCE_MS) origin = wall - elapsed;
    return Math.floor((origin + elapsed) * 1000);
  };
}
