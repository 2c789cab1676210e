import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { makeFrames, PARTITION } from "@iggy-connectors/test-support";
import { compileTransforms } from "../chain/compile.ts";
import { createBatchPlan } from "./batch-plan.ts";
import { createProducePlan } from "./produce-plan.ts";

const transforms = await compileTransforms([
  { type: "add_fields", fields: [{ key: "added", value: { static: 1 } }] },
  { type: "filter", name: "small", condition: "payload.size < 10.0", mode: "keep" },
  { type: "explode", field: "parts" },
]);

const values = (points: readonly { point: string; messages: readonly { value: unknown }[] }[]) =>
  points.map(({ point, messages }) => [point, messages.map(({ value }) => value)]);

describe("the trace of a message", () => {
  it("shows the message before the first step, after each step, and at the end", () => {
    const plan = createBatchPlan({ schema: "json", transforms });
    const frames = makeFrames(['{"size":1,"parts":[{"n":1},{"n":2}]}']);
    const { points, end } = plan.trace(frames, PARTITION, 0);
    assert.deepEqual(end, { kind: "delivered" });
    const [first, added, small] = values(points);
    assert.deepEqual(first, ["in", [{ size: 1, parts: [{ n: 1 }, { n: 2 }] }]]);
    assert.deepEqual(added, ["add_fields", [{ size: 1, parts: [{ n: 1 }, { n: 2 }], added: 1 }]]);
    assert.deepEqual(small, ["small", added![1]]);
    assert.deepEqual(
      points.slice(3).map(({ point, messages }) => [point, messages.length]),
      [
        ["explode", 2],
        ["out", 2],
      ],
    );
    // What is delivered is what was shown.
    const { batch } = plan.run(frames, PARTITION);
    assert.deepEqual(
      [...batch].map(({ value }) => value),
      points.at(-1)!.messages.map(({ value }) => value),
    );
  });

  it("gives the reason when a message does not reach the end", () => {
    const plan = createBatchPlan({ schema: "json", transforms });
    const frames = makeFrames(['{"size":99}', "no JSON", '{"size":"?"}']);
    const filtered = plan.trace(frames, PARTITION, 0);
    assert.deepEqual(filtered.end, { kind: "filtered", transform: "small" });
    assert.deepEqual(filtered.points.at(-1), { point: "small", messages: [] });
    const undecodable = plan.trace(frames, PARTITION, 1);
    assert.equal(undecodable.end.kind, "failed");
    assert.equal(Buffer.from(undecodable.points[0]!.messages[0]!.value as Uint8Array).toString(), "no JSON");
    const failed = plan.trace(frames, PARTITION, 2);
    assert.deepEqual(failed.end.kind === "failed" && [failed.end.stage, failed.end.transform], ["transform", "small"]);
    assert.deepEqual(
      failed.points.map(({ point }) => point),
      ["in", "add_fields"],
    );
  });

  it("shows a source's messages, bytes or values", () => {
    const plan = createProducePlan(transforms);
    const messages = [{ payload: Buffer.from('{"size":1}') }, { payload: { size: 2 } }];
    assert.deepEqual(values(plan.trace(messages, "json", 0).points)[1], ["add_fields", [{ size: 1, added: 1 }]]);
    assert.deepEqual(values(plan.trace(messages, "json", 1).points)[0], ["in", [{ size: 2 }]]);
  });
});
