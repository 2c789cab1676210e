import assert from "node:assert/strict";
import { test } from "node:test";
import type { MessageFailure } from "@iggy-connectors/transforms";
import { sourceDefinition } from "../../../test/task/plugins.ts";
import { taskSpec } from "../../../test/task/task-harness.ts";
import { noCounters } from "../../shared/task/counters.ts";
import { BatchFailures } from "./batch-failures.ts";
import { OutcomeTally } from "./outcome-tally.ts";

test("a message has one outcome, the worst of all streams, in whatever order they end", () => {
  const tally = new OutcomeTally(5);
  tally.ended("skipped", [2]);
  tally.ended("delivered", Uint32Array.of(1, 2, 3, 3));
  tally.ended("deadLettered", [3, 4]);
  tally.ended("skipped", [4]);
  const counters = noCounters();
  tally.addTo(counters);
  assert.deepEqual(counters, { ...noCounters(), filtered: 1, delivered: 1, skipped: 1, deadLettered: 2 });
});

test("of a message that became several, one failure per stream stands for all, with its stream beside it", () => {
  const stream = taskSpec(sourceDefinition(() => ({ poll: async () => ({ messages: [] }) }))).sourceStreams[0]!;
  const other = { ...stream, topic: "other" };
  const failure = (index: number): MessageFailure => ({ index, stage: "encode", error: new Error("x"), attempts: 1 });
  const failures = new BatchFailures();
  failures.add(stream, [failure(1), failure(1), failure(2)]);
  failures.add(other, [failure(1)]);
  failures.add(stream, [failure(2)]);
  assert.deepEqual(
    failures.all.map((each) => [each.index, failures.streamOf(each).topic]),
    [
      [1, "t"],
      [2, "t"],
      [1, "other"],
    ],
  );
});
