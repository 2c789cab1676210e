import assert from "node:assert/strict";
import { test } from "node:test";
import { addCounters, COUNTER_NAMES, COUNTERS, MESSAGE_OUTCOMES, noCounters } from "./counters.ts";

test("the outcomes of a message are the four of invariant 4", () => {
  assert.deepEqual(MESSAGE_OUTCOMES, ["delivered", "filtered", "skipped", "deadLettered"]);
  assert.deepEqual(
    MESSAGE_OUTCOMES.map((name) => COUNTERS[name].key),
    ["delivered", "filtered", "skipped", "dead_lettered"],
  );
});

test("keys and metrics name one counter each", () => {
  const keys = COUNTER_NAMES.map((name) => COUNTERS[name].key);
  assert.equal(new Set(keys).size, keys.length);
  const metrics = COUNTER_NAMES.flatMap((name) => ("metric" in COUNTERS[name] ? [COUNTERS[name].metric] : []));
  assert.equal(new Set(metrics).size, metrics.length);
});

test("counters start at zero and are added one by one", () => {
  const left = { ...noCounters(), consumed: 2, deadLettered: 1 };
  const right = { ...noCounters(), consumed: 3, bytesOut: 7 };
  assert.deepEqual(addCounters(left, right), { ...noCounters(), consumed: 5, deadLettered: 1, bytesOut: 7 });
  assert.equal(left.consumed, 2);
  assert.ok(Object.values(noCounters()).every((count) => count === 0));
});
