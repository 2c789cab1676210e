import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { backoff } from "./backoff.ts";

test("the wait doubles up to its cap", () => {
  const policy = { initialBackoff: 100, maxBackoff: 1000, jitter: 0 };
  assert.deepEqual(
    [1, 2, 3, 4, 5, 6, 1000].map((attempt) => backoff(policy, attempt)),
    [100, 200, 400, 800, 1000, 1000, 1000],
  );
});

test("the wait grows by the policy's own multiplier", () => {
  const policy = { initialBackoff: 100, maxBackoff: 30_000, backoffMultiplier: 3, jitter: 0 };
  assert.deepEqual(
    [1, 2, 3, 6, 7, 10_000].map((attempt) => backoff(policy, attempt)),
    [100, 300, 900, 24_300, 30_000, 30_000],
  );
});

test("jitter spreads the wait to both sides and never past its part", () => {
  const policy = { initialBackoff: 100, maxBackoff: 1000, jitter: 0.2 };
  assert.equal(
    backoff(policy, 1, () => 0),
    80,
  );
  assert.equal(
    backoff(policy, 1, () => 1),
    120,
  );
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 100 }), fc.double({ min: 0, max: 1, noNaN: true }), (attempt, chance) => {
      const plain = backoff({ ...policy, jitter: 0 }, attempt);
      const wait = backoff(policy, attempt, () => chance);
      return wait >= Math.floor(plain * 0.8) && wait <= Math.ceil(plain * 1.2);
    }),
  );
});
