import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { StoreSpacing } from "./store-spacing.ts";

test("a store waits for nothing where few are due", () => {
  const spacing = new StoreSpacing();
  assert.deepEqual(
    [0, 20, 25, 1000].map((now) => spacing.takeTurn(now)),
    [0, 0, 0, 0],
  );
});

test("stores that are due together have their turns one after the other", () => {
  const spacing = new StoreSpacing();
  assert.deepEqual(
    [100, 100, 100, 103].map((now) => spacing.takeTurn(now)),
    [0, 5, 10, 12],
  );
});

test("turns are never closer than the spacing, and no partition waits longer than one turn of each", () => {
  const busy = fc.record({ partitions: fc.integer({ min: 1, max: 64 }), rounds: fc.integer({ min: 1, max: 20 }) });
  fc.assert(
    fc.property(busy, ({ partitions, rounds }) => {
      const spacing = new StoreSpacing();
      // Each partition is stored at its turn, and takes the next one at once: it always has something to store.
      const due = Array.from({ length: partitions }, () => spacing.takeTurn(0));
      let last = Number.NEGATIVE_INFINITY;
      for (let store = 0; store < partitions * rounds; store++) {
        const at = Math.min(...due);
        assert.ok(at - last >= 5);
        last = at;
        const wait = spacing.takeTurn(at);
        assert.ok(wait <= 5 * partitions, `${wait} ms of ${partitions} partitions`);
        due[due.indexOf(at)] = at + wait;
      }
    }),
  );
});
