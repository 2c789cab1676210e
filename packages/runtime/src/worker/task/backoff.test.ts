import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { backoffDelay, endsBefore, pause } from "./backoff.ts";

const RETRY = {
  initialBackoff: 100,
  maxBackoff: 30_000,
  backoffMultiplier: 2,
  jitter: 0,
  maxAttempts: 0,
  maxElapsed: 0,
};

describe("back-off", () => {
  it("doubles up to its cap", () => {
    const delays = [1, 2, 3, 9, 10, 10_000].map((attempts) => backoffDelay(RETRY, attempts));
    assert.deepEqual(delays, [100, 200, 400, 25_600, 30_000, 30_000]);
  });

  it("spreads by its jitter and by no more", () => {
    fc.assert(
      fc.property(fc.nat({ max: 100 }), fc.double({ min: 0, max: 1, noNaN: true }), (attempts, random) => {
        const plain = backoffDelay(RETRY, attempts + 1);
        const spread = backoffDelay({ ...RETRY, jitter: 0.2 }, attempts + 1, () => random);
        assert.ok(spread >= Math.floor(plain * 0.8) && spread <= Math.ceil(plain * 1.2));
      }),
    );
  });

  it("ends a pause at the abort", async () => {
    const end = new AbortController();
    const paused = pause(60_000, end.signal);
    end.abort();
    await paused;
    await pause(60_000, end.signal);
  });

  it("tells whether work ended before the abort", async () => {
    const end = new AbortController();
    assert.equal(await endsBefore(Promise.resolve(), end.signal), true);
    assert.equal(await endsBefore(Promise.reject(new Error("ended all the same")), end.signal), true);
    const pending = endsBefore(new Promise(() => {}), end.signal);
    end.abort();
    assert.equal(await pending, false);
    assert.equal(await endsBefore(Promise.resolve(), end.signal), false);
  });
});
