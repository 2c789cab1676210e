import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Message, MessageBatch, Schema } from "@iggy-connectors/sdk";
import { parseJson } from "@iggy-connectors/sdk";
import { makeFrames, PARTITION } from "@iggy-connectors/test-support";
import {
  compileTransforms,
  createBatchPlan,
  originSpan,
  originTimestamps,
  TransformPlan,
} from "@iggy-connectors/transforms";
import fc from "fast-check";

function batchOf(payloads: readonly (string | Uint8Array)[], schema: Schema = "json", validate = true): MessageBatch {
  return createBatchPlan({ schema, validate }).run(makeFrames(payloads), PARTITION).batch;
}

const marked = await compileTransforms([{ type: "add_fields", fields: [{ key: "m", value: { static: 1 } }] }]);

/** Changes values, so that their bytes have to be made. */
const doubled = new TransformPlan([
  {
    name: "double",
    place: "transforms[0]",
    type: "double",
    onError: undefined,
    transform: { kinds: ["json"], apply: (value) => (typeof value === "number" ? value * 2 : value) },
  },
]);

describe("PolledBatch", () => {
  it("names its stream, topic and partition", () => {
    const batch = batchOf(["1", "2"]);
    assert.deepEqual(
      [batch.stream, batch.topic, batch.partition, batch.schema, batch.length, batch.currentOffset],
      ["shop", "orders", 3, "json", 2, 112n],
    );
    assert.deepEqual([batch.firstOffset, batch.lastOffset, batch.payloadBytes], [100n, 101n, 2]);
  });

  it("tells the producer times of all its messages at once, whatever a transform left out", () => {
    const whole = batchOf(["1", "2", "x", "4"], "json");
    for (const batch of [whole, whole.slice(1, 3), batchOf(["1", "2"], "json", false)]) {
      const times = new Float64Array(batch.length);
      originTimestamps(batch, times);
      const single = Array.from({ length: batch.length }, (_, index) => batch.originTimestamp(index));
      assert.deepEqual([...times], single);
      assert.ok(single.length > 1);
      const plain = { length: batch.length, originTimestamp: (index: number) => single[index] };
      const others = new Float64Array(batch.length);
      originTimestamps(plain as unknown as MessageBatch, others);
      assert.deepEqual(others, times);
    }
  });

  it("knows the span of the producer times of a whole poll alone", () => {
    const span = { lowest: 1, highest: 3, mean: 2 };
    const frames = Object.assign(makeFrames(["1", "2", "3"]), { originSpan: span });
    const plan = createBatchPlan({ schema: "raw" });
    const { batch } = plan.run(frames, PARTITION);
    assert.equal(originSpan(batch), span);
    assert.equal(originSpan(batch.slice(0, 2)), undefined);
    assert.equal(originSpan(plan.run(frames, PARTITION, 1).batch), undefined);
    assert.equal(originSpan({ ...batch }), undefined);
  });

  it("gives messages whose fields are read on access", () => {
    const headers = new Map([["k", { kind: "string", value: "v" } as const]]);
    const frames = makeFrames([{ payload: '{"a":1}', headers }]);
    const { batch } = createBatchPlan({ schema: "json" }).run(frames, PARTITION);
    const message = batch.at(0);
    assert.equal(message.id, 100_000n);
    assert.equal(message.offset, 100n);
    assert.equal(message.checksum, 107n);
    assert.equal(message.timestamp, 1_700_000_000_000_000);
    assert.equal(message.originTimestamp, 1_600_000_000_000_000);
    assert.equal(message.headers, headers);
    assert.equal(Buffer.from(message.payload).toString(), '{"a":1}');
    assert.deepEqual(message.value, { a: 1 });
  });

  it("keeps unchanged payloads in the received buffer, and decodes each once", () => {
    const frames = makeFrames(['{"a":1}', "[2]"]);
    const { batch } = createBatchPlan({ schema: "json" }).run(frames, PARTITION);
    assert.equal(batch.payload(0).buffer, frames.buffer.buffer);
    assert.equal(batch.at(0).value, batch.at(0).value);
    assert.equal(batch.slice(0, 1).at(0).value, batch.at(0).value);
  });

  it("iterates in offset order", () => {
    const seen = [...batchOf(["1", "2", "3"])].map(({ offset, value }: Message) => [offset, value]);
    assert.deepEqual(seen, [
      [100n, 1],
      [101n, 2],
      [102n, 3],
    ]);
  });

  it("slices without copying", () => {
    const batch = batchOf(["1", "22", "333", "4"]);
    const slice = batch.slice(1, 4).slice(0, 2);
    assert.deepEqual([slice.length, slice.firstOffset, slice.lastOffset, slice.payloadBytes], [2, 101n, 102n, 5]);
    assert.equal(Buffer.from(slice.toLines()).toString(), "22\n333\n");
    assert.deepEqual(
      [...slice].map(({ value }) => value),
      [22, 333],
    );
    for (const [start, end] of [
      [-1, 2],
      [3, 2],
      [0, 5],
      [0.5, 2],
    ] as const)
      assert.throws(() => batch.slice(start, end), RangeError);
  });

  it("refuses positions outside of the batch", () => {
    const batch = batchOf(["1", "2"]).slice(0, 1);
    for (const index of [-1, 1, Number.NaN]) {
      assert.throws(() => batch.at(index), RangeError);
      assert.throws(() => batch.payload(index), RangeError);
      assert.throws(() => batch.offset(index), RangeError);
    }
    const empty = batch.slice(0, 0);
    assert.equal(empty.toLines().length, 0);
    assert.deepEqual([...empty], []);
    assert.throws(() => empty.lastOffset, RangeError);
  });

  it("fails on the value of an invalid payload that was not validated", () => {
    const batch = batchOf(["{"], "json", false);
    assert.equal(batch.payload(0).length, 1);
    assert.throws(() => batch.at(0).value, { name: "RejectedError", code: "IGC_DECODE_JSON" });
  });

  it("gives changed payloads as bytes and as values", () => {
    const run = (transforms: TransformPlan) =>
      createBatchPlan({ schema: "json", transforms }).run(makeFrames(['{"a":1}', "7", '{"\\u0061":2}']), PARTITION)
        .batch;
    const texts = (batch: MessageBatch) => [0, 1, 2].map((index) => Buffer.from(batch.payload(index)).toString());
    assert.deepEqual(texts(run(marked)), ['{"a":1,"m":1}', "7", '{"\\u0061":2,"m":1}']);
    assert.deepEqual(texts(run(doubled)), ['{"a":1}', "14", '{"\\u0061":2}']);
    assert.deepEqual(
      [...run(marked)].map(({ value }) => value),
      [{ a: 1, m: 1 }, 7, { a: 2, m: 1 }],
    );
    assert.deepEqual(
      [...run(doubled)].map(({ value }) => value),
      [{ a: 1 }, 14, { a: 2 }],
    );
    assert.equal(run(doubled).at(1).payload.length, 2);
    assert.equal(run(doubled).payloadBytes, 7 + 2 + 12);
    assert.equal(Buffer.from(run(doubled).slice(1, 3).toLines()).toString(), '14\n{"\\u0061":2}\n');
  });
});

describe("toLines", () => {
  it("gives one line per payload, whatever the payloads contain", () => {
    const whitespace = fc.constantFrom("", " ", "\n", "\r\n", "\n\n");
    const payload = fc
      .tuple(fc.jsonValue(), whitespace, whitespace)
      .map(([value, before, after]) => before + JSON.stringify(value, undefined, 1) + after);
    fc.assert(
      fc.property(fc.array(payload, { maxLength: 6 }), fc.boolean(), (payloads, changed) => {
        const plan = createBatchPlan({ schema: "json", ...(changed ? { transforms: marked } : {}) });
        const { batch } = plan.run(makeFrames(payloads), PARTITION);
        const lines = Buffer.from(batch.toLines()).toString().split("\n");
        assert.equal(lines.pop(), "");
        assert.deepEqual(
          lines.map((line) => parseJson(Buffer.from(line))),
          [...batch].map(({ value }) => value),
        );
      }),
    );
  });

  it("copies payloads without line breaks unchanged", () => {
    assert.equal(Buffer.from(batchOf(['{ "a" : 1.0 }', '"\\n"']).toLines()).toString(), '{ "a" : 1.0 }\n"\\n"\n');
    assert.equal(Buffer.from(batchOf(["plain", ""], "text").toLines()).toString(), "plain\n\n");
    assert.deepEqual([...batchOf([Uint8Array.of(0, 255)], "raw").toLines()], [0, 255, 10]);
  });

  it("refuses a line break in text, and in invalid JSON that was not validated", () => {
    for (const batch of [batchOf(["a", "\nc"], "text"), batchOf(["1", '"\n"'], "json", false)]) {
      assert.throws(() => batch.toLines(), { name: "RejectedError", code: "IGC_SINK_LINE_BREAK", place: "offset 101" });
      assert.equal(batch.slice(0, 1).toLines().length, 2);
    }
  });
});
