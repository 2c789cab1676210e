import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { backoffDelay } from "./backoff.ts";

test("the delay doubles per attempt and stops at the cap", () => {
  const retry = { attempts: 10, delay: 100, maxDelay: 1000 };
  const middle = () => 0.5;
  assert.deepEqual(
    [1, 2, 3, 4, 5, 6].map((attempt) => backoffDelay(attempt, retry, middle)),
    [100, 200, 400, 800, 1000, 1000],
  );
});

test("jitter stays within a fifth and never above the cap", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60 }), fc.double({ min: 0, max: 1, noNaN: true }), (attempt, draw) => {
      const retry = { attempts: 100, delay: 100, maxDelay: 5000 };
      const grown = Math.min(100 * 2 ** (attempt - 1), 5000);
      const delay = backoffDelay(attempt, retry, () => draw);
      assert.ok(delay >= grown * 0.8 - 1e-9 && delay <= Math.min(grown * 1.2, 5000) + 1e-9);
    }),
  );
});
