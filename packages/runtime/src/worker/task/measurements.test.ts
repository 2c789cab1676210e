import assert from "node:assert/strict";
import { test } from "node:test";
import type { MessageBatch } from "@iggy-connectors/sdk";
import { addLabelledCounts, LabelledCounts } from "../../shared/task/labelled-counts.ts";
import { Measurements } from "./measurements.ts";

function batchMadeAt(...seconds: readonly number[]): MessageBatch {
  const length = seconds.length;
  const known = {
    length,
    offset: (index: number) => BigInt(index),
    originTimestamp: (index: number) => seconds[index]! * 1e6,
  };
  return known as unknown as MessageBatch;
}

test("the latency of delivered messages is measured, and of no others", () => {
  const measured = new Measurements();
  measured.delivered(batchMadeAt(100, 99, 40, 0), new Set([3n]), 100_004);
  const histogram = measured.snapshot().distributions.end_to_end_seconds;
  assert.equal(histogram?.count, 3);
  assert.equal(histogram?.buckets[0], 1, "4 ms");
  assert.equal(histogram?.buckets.at(-1), 1, "beyond a minute");
});

test("a latency below zero, of a producer whose clock is ahead, counts as zero", () => {
  const measured = new Measurements();
  measured.delivered(batchMadeAt(500), new Set(), 100_000);
  assert.deepEqual(measured.snapshot().distributions.end_to_end_seconds?.sum, 0);
});

test("codes beyond the limit of series count together", () => {
  const counts = new LabelledCounts<"stage" | "code">("code");
  for (let code = 0; code < 150; code++) counts.add({ stage: "ffi", code: `C${code}` });
  counts.add({ stage: "ffi", code: "C1" }, 5);
  const series = counts.snapshot();
  assert.equal(series.length, 101);
  assert.equal(series.find(({ code }) => code === "C1")?.count, 6);
  assert.equal(series.find(({ code }) => code === "other")?.count, 50);
});

test("the worker measures its heap and its event loop", () => {
  const { heapBytes, eventLoopUtilization } = new Measurements().snapshot();
  assert.ok(heapBytes > 0);
  assert.ok(eventLoopUtilization >= 0 && eventLoopUtilization <= 1);
});

test("labelled counts are added label by label", () => {
  const left = [{ transform: "a", count: 1 }];
  const right = [
    { transform: "b", count: 2 },
    { transform: "a", count: 3 },
  ];
  assert.deepEqual(addLabelledCounts(left, right), [
    { transform: "a", count: 4 },
    { transform: "b", count: 2 },
  ]);
});
