import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RejectedError, validateJson } from "@iggy-connectors/sdk";
import { jsonText, makeFrames, PARTITION } from "@iggy-connectors/test-support";
import fc from "fast-check";
import { compileTransforms } from "../chain/compile.ts";
import { TransformPlan } from "../chain/transform-plan.ts";
import { FILTERED } from "../definition/transform.ts";
import { createBatchPlan } from "./batch-plan.ts";

const edits = await compileTransforms([
  { type: "add_fields", fields: [{ key: "m", value: { static: [1] } }] },
  { type: "delete_fields", fields: ["a"] },
]);

/** One step of every outcome, chosen by the value. */
const everyOutcome = new TransformPlan([
  {
    name: "pick",
    type: "pick",
    place: "transforms[0]",
    onError: "skip",
    transform: {
      kinds: ["json"],
      apply(value) {
        if (value === "filter") return FILTERED;
        if (value === "throw") throw new TypeError("picked");
        if (value === "reject") throw new RejectedError("picked", { code: "IGC_TRANSFORM_PICKED" });
        return value === "change" ? "changed" : value;
      },
    },
  },
]);

describe("createBatchPlan", () => {
  it("delivers unchanged messages without copying them", () => {
    const { batch, filtered, failed } = createBatchPlan({ schema: "json" }).run(makeFrames(["1", "{}"]), PARTITION);
    assert.deepEqual([batch.length, filtered, failed], [2, 0, []]);
  });

  it("reports messages that cannot be decoded, and delivers the others", () => {
    const payloads = ["1", "{", "2", "", "3"];
    const frames = makeFrames(payloads);
    const { batch, failed } = createBatchPlan({ schema: "json" }).run(frames, PARTITION);
    assert.deepEqual(
      [...batch].map(({ offset, value }) => [offset, value]),
      [
        [100n, 1],
        [102n, 2],
        [104n, 3],
      ],
    );
    assert.deepEqual(
      failed.map(({ index, stage, error }) => [index, frames.offset(index), stage, error.code]),
      [
        [1, 101n, "decode", "IGC_DECODE_JSON"],
        [3, 103n, "decode", "IGC_DECODE_JSON"],
      ],
    );
    assert.deepEqual([batch.firstOffset, batch.lastOffset], [100n, 104n]);
  });

  it("delivers any bytes as raw messages, and reads none of them to validate", () => {
    const frames = makeFrames([Uint8Array.of(0xff, 0), "{", ""]);
    const read: number[] = [];
    const watched = new Proxy(frames, {
      get(target, key) {
        const value: unknown = Reflect.get(target, key, target);
        if (typeof value !== "function") return value;
        return (...given: number[]) => {
          if (key === "payloadStart") read.push(given[0]!);
          return value.apply(target, given);
        };
      },
    });
    const { batch, failed } = createBatchPlan({ schema: "raw", validate: true }).run(watched, PARTITION, 1);
    assert.deepEqual(read, []);
    assert.deepEqual(failed, []);
    assert.deepEqual([batch.length, Buffer.from(batch.payload(0)).toString(), batch.payload(1).length], [2, "{", 0]);
  });

  it("does not validate if validate is false", () => {
    const { batch, failed } = createBatchPlan({ schema: "json", validate: false }).run(makeFrames(["{"]), PARTITION);
    assert.deepEqual([batch.length, failed], [1, []]);
  });

  it("checks text, and passes raw bytes and empty payloads unchanged", () => {
    const payloads = ["é", Uint8Array.of(0xff), ""];
    const text = createBatchPlan({ schema: "text" }).run(makeFrames(payloads), PARTITION);
    assert.deepEqual(
      text.failed.map(({ index, error }) => [index, error.code]),
      [[1, "IGC_DECODE_TEXT"]],
    );
    assert.deepEqual(
      [...text.batch].map(({ value }) => value),
      ["é", ""],
    );
    const raw = createBatchPlan({ schema: "raw", transforms: edits }).run(makeFrames(payloads), PARTITION);
    assert.deepEqual([raw.batch.length, raw.failed], [3, []]);
  });

  it("starts at the given index", () => {
    const frames = makeFrames(["bad", "1", "bad", "2"]);
    const { batch, failed } = createBatchPlan({ schema: "json" }).run(frames, PARTITION, 1);
    assert.deepEqual(
      [...batch].map(({ offset }) => offset),
      [101n, 103n],
    );
    assert.deepEqual(
      failed.map(({ index }) => index),
      [2],
    );
    for (const from of [4, 5]) {
      const rest = createBatchPlan({ schema: "json", transforms: edits }).run(frames, PARTITION, from);
      assert.deepEqual([rest.batch.length, rest.failed, rest.filtered], [0, [], 0]);
    }
    const changed = createBatchPlan({ schema: "json", transforms: edits }).run(
      makeFrames(["{}", "{}", "{}"]),
      PARTITION,
      1,
    );
    assert.deepEqual(
      [...changed.batch].map(({ offset, value }) => [offset, value]),
      [
        [101n, { m: [1] }],
        [102n, { m: [1] }],
      ],
    );
  });

  it("names the failed transform and its policy", () => {
    const payloads = ['"keep"', '"filter"', '"throw"', '"change"', '"reject"', "bad", '"filter"'];
    const plan = createBatchPlan({ schema: "json", transforms: everyOutcome });
    const { batch, filtered, failed } = plan.run(makeFrames(payloads), PARTITION);
    assert.deepEqual(
      [...batch].map(({ offset, value }) => [offset, value]),
      [
        [100n, "keep"],
        [103n, "changed"],
      ],
    );
    assert.equal(filtered, 2);
    assert.deepEqual(
      failed.map(({ index, stage, transform, onError, error }) => [index, stage, transform, onError, error.code]),
      [
        [2, "transform", "pick", "skip", "IGC_TRANSFORM_FAILED"],
        [4, "transform", "pick", "skip", "IGC_TRANSFORM_PICKED"],
        [5, "decode", undefined, undefined, "IGC_DECODE_JSON"],
      ],
    );
    assert.match(failed[0]!.error.message, /^transforms\[0\] \(pick\): picked$/);
  });

  it("Invariant 4: every message is delivered, filtered or failed, and delivered as its value says", () => {
    const plans = [undefined, edits, everyOutcome].map((transforms) => ({
      transforms,
      plan: createBatchPlan({ schema: "json", ...(transforms === undefined ? {} : { transforms }) }),
    }));
    const payload = fc.oneof(
      jsonText,
      fc.string(),
      fc.constantFrom('"filter"', '"throw"', '"change"', '{"\\u0061":1}'),
    );
    fc.assert(
      fc.property(fc.array(payload, { maxLength: 12 }), fc.nat(3), (payloads, from) => {
        for (const { transforms, plan } of plans) {
          const frames = makeFrames(payloads);
          const { batch, filtered, failed } = plan.run(frames, PARTITION, from);
          assert.equal(batch.length + filtered + failed.length, Math.max(0, payloads.length - from));
          const offsets = [...batch].map(({ offset }) => offset);
          const lost = failed.map(({ index }) => frames.offset(index));
          assert.equal(new Set([...offsets, ...lost]).size, batch.length + failed.length);
          assert.deepEqual(
            offsets,
            [...offsets].sort((left, right) => Number(left - right)),
          );
          for (const { stage, index } of failed) {
            assert.equal(stage === "decode", !validateJson(Buffer.from(payloads[index]!)));
          }
          for (const message of batch) {
            const original = createBatchPlan({ schema: "json" }).run(
              frames,
              PARTITION,
              Number(message.offset - 100n),
            ).batch;
            const value = original.at(0).value;
            assert.deepEqual(
              structuredClone(message.value),
              structuredClone(
                transforms === undefined ? value : transforms.applyValue(value, "json", { filtered: () => undefined }),
              ),
            );
          }
        }
      }),
      { numRuns: 300 },
    );
  });
});
