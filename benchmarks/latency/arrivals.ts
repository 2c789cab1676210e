/** Gaps between messages that come at random, so many a second: exponential, microseconds, the same in every run. */
export function arrivals(rate: number): () => number {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (-Math.log(1 - state / 2 ** 32) * 1_000_000) / rate;
  };
}
