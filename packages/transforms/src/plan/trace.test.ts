import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { stringifyJson, validateJson } from "@iggy-connectors/sdk";
import { JsonText } from "@iggy-connectors/sdk/internal";
import { jsonText, makeFrames, PARTITION } from "@iggy-connectors/test-support";
import fc from "fast-check";
import { compileTransforms } from "../chain/compile.ts";
import { createBatchPlan } from "./batch-plan.ts";
import { createProducePlan } from "./produce-plan.ts";
import type { TracedMessage } from "./trace.ts";

const transforms = await compileTransforms([
  { type: "add_fields", fields: [{ key: "added", value: { static: 1 } }] },
  { type: "filter", name: "small", condition: "payload.size < 10.0", mode: "keep" },
  { type: "explode", field: "parts" },
]);

const values = (points: readonly { point: string; messages: readonly { value: unknown }[] }[]) =>
  points.map(({ point, messages }) => [point, messages.map(({ value }) => plain(value))]);

function plain(value: unknown): unknown {
  return value instanceof JsonText ? value.decode() : value;
}

function textOf({ value, payload }: TracedMessage): string {
  if (payload !== undefined) return Buffer.from(payload).toString();
  return value instanceof JsonText ? value.toString() : stringifyJson(value);
}

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
      points.at(-1)!.messages.map(({ value }) => plain(value)),
    );
  });

  const step = fc.constantFrom<Record<string, unknown>>(
    { type: "add_fields", fields: [{ key: "a", value: { static: 1 } }] },
    { type: "rename_fields", fields: { a: "2" }, on_conflict: "replace" },
    { type: "delete_fields", fields: ["b"] },
    { type: "hash_fields", fields: ["b"] },
    { type: "flatten", on_conflict: "suffix" },
    { type: "cast", fields: { a: "string" }, when: "has(payload.a)" },
    { type: "jsonata", expression: "$" },
  );

  it("shows the bytes that are delivered, whatever the message and the chain", async () => {
    const payload = jsonText.filter((text) => validateJson(Buffer.from(text)));
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 3 }), payload, async (steps, text) => {
        const plan = createBatchPlan({ schema: "json", transforms: await compileTransforms(steps) });
        const frames = makeFrames([text]);
        const { batch } = plan.run(frames, PARTITION);
        const { points } = plan.trace(frames, PARTITION, 0);
        assert.equal(textOf(points[0]!.messages[0]!), text);
        for (let index = 0; index < batch.length; index++) {
          assert.equal(textOf(points.at(-1)!.messages[index]!), Buffer.from(batch.payload(index)).toString());
        }
      }),
      { numRuns: 400 },
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
