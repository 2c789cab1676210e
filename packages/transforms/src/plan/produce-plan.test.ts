import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { messageList, type ProducedMessages, type Schema } from "@iggy-connectors/sdk";
import { compileTransforms } from "../chain/compile.ts";
import { TransformPlan } from "../chain/transform-plan.ts";
import { FILTERED } from "../definition/transform.ts";
import type { PayloadRanges } from "./payload-encoder.ts";
import { createProducePlan } from "./produce-plan.ts";

const marked = await compileTransforms([{ type: "add_fields", fields: [{ key: "m", value: { static: 1 } }] }]);

/** Transforms and encodes for one stream. */
function planFor({ schema, transforms }: { schema: Schema; transforms?: TransformPlan }) {
  const plan = createProducePlan(transforms);
  return {
    run(messages: ProducedMessages, batchSchema: Schema = schema) {
      const transformed = plan.transform(messages, batchSchema);
      const encoded = plan.encode(transformed, schema);
      return {
        ...encoded,
        payloads: listOf(encoded.payloads),
        filtered: transformed.filtered,
        failed: [...transformed.failed, ...encoded.failed],
      };
    },
  };
}

function produced(...payloads: unknown[]): { payload: unknown }[] {
  return payloads.map((payload) => ({ payload }));
}

/** The buffer itself where a payload is all of it. */
function listOf({ buffers, starts, ends }: PayloadRanges): Uint8Array[] {
  return buffers.map((buffer, at) => {
    const whole = starts[at] === 0 && ends[at] === buffer.length;
    return whole ? buffer : buffer.subarray(starts[at], ends[at]);
  });
}

function texts({ payloads }: { readonly payloads: readonly Uint8Array[] }): string[] {
  return payloads.map((payload) => Buffer.from(payload).toString());
}

describe("createProducePlan", () => {
  it("sends bytes in the stream's schema unchanged, as the same object", () => {
    const bytes = Buffer.from('{ "a" : 1.10 }');
    for (const schema of ["json", "text", "raw"] as const) {
      const { payloads, indexes, failed } = planFor({ schema }).run(produced(bytes), schema);
      assert.equal(payloads[0], bytes);
      assert.deepEqual([[...indexes], failed], [[0], []]);
    }
  });

  it("Invariant 9: refuses bytes that the stream's schema cannot read, as is and transformed", () => {
    const texts = { json: "not even JSON", text: Buffer.from([0xff]) };
    for (const transforms of [undefined, marked]) {
      for (const [schema, bytes] of Object.entries(texts) as [Schema, string | Buffer][]) {
        const plan = planFor(transforms === undefined ? { schema } : { schema, transforms });
        const { payloads, failed } = plan.run(produced(Buffer.from(bytes)));
        const code = `IGC_DECODE_${schema.toUpperCase()}`;
        assert.deepEqual([payloads, failed.map(({ stage, error }) => [stage, error.code])], [[], [["decode", code]]]);
      }
    }
  });

  it("keeps the bytes of JSON on text and raw streams", () => {
    const bytes = Buffer.from('{ "b" : 1.10, "1": 1e2 }');
    for (const schema of ["text", "raw"] as const) {
      assert.equal(planFor({ schema }).run(produced(bytes), "json").payloads[0], bytes);
      assert.deepEqual(planFor({ schema }).run(produced(Buffer.from("{")), "json").payloads, []);
    }
  });

  it("encodes values by the stream's schema", () => {
    const json = planFor({ schema: "json" });
    assert.deepEqual(texts(json.run(produced({ a: 1n }, "x", null, 5))), ['{"a":1}', '"x"', "null", "5"]);
    assert.deepEqual(texts(json.run(produced("x"), "text")), ['"x"']);
    const text = planFor({ schema: "text" });
    assert.deepEqual(texts(text.run(produced("é"))), ["é"]);
    assert.deepEqual(texts(text.run(produced({ a: 1 }, "x"), "json")), ['{"a":1}', '"x"']);
  });

  it("reads bytes by the batch's schema when the stream's is another", () => {
    const json = planFor({ schema: "json" });
    assert.deepEqual(texts(json.run(produced(Buffer.from('{ "a" : 1 }')), "text")), ['"{ \\"a\\" : 1 }"']);
  });

  it("transforms bytes and values alike", () => {
    const plan = planFor({ schema: "json", transforms: marked });
    const value = { a: 1 };
    const result = plan.run(produced(Buffer.from('{"a":1}'), value, Buffer.from('{"\\u0061":1}'), [1]));
    assert.deepEqual(texts(result), ['{"a":1,"m":1}', '{"a":1,"m":1}', '{"\\u0061":1,"m":1}', "[1]"]);
    assert.deepEqual(value, { a: 1 });
    const toText = planFor({ schema: "text", transforms: marked });
    assert.deepEqual(texts(toText.run(produced(Buffer.from('{"a":1}'), { b: 2 }), "json")), [
      '{"a":1,"m":1}',
      '{"b":2,"m":1}',
    ]);
  });

  it("keeps payloads correct while its buffer grows", () => {
    const values = Array.from({ length: 50 }, (_, index) => ({ text: "é".repeat(index * 100) }));
    const result = planFor({ schema: "json" }).run(produced(...values, Buffer.from("5"), ...values));
    assert.deepEqual(texts(result), [
      ...values.map((value) => JSON.stringify(value)),
      "5",
      ...values.map((value) => JSON.stringify(value)),
    ]);
  });

  it("Invariant 4: names what fails, by stage, and sends the rest", () => {
    const picky = new TransformPlan([
      {
        name: "pick",
        type: "pick",
        place: "transforms[0]",
        onError: undefined,
        transform: {
          kinds: ["json"],
          apply(value) {
            if (value === "filter") return FILTERED;
            if (value === "throw") throw new Error("picked");
            return value;
          },
        },
      },
    ]);
    const messages = produced("filter", 1, "throw", Buffer.from("{"), undefined, 2, () => 1, new Date(0));
    const { indexes, payloads, filtered, failed } = planFor({ schema: "json", transforms: picky }).run(messages);
    assert.deepEqual([...indexes], [1, 5, 7]);
    assert.deepEqual(
      payloads.map(String),
      ["1", "2", '"1970-01-01T00:00:00.000Z"'].map((text) => String(Buffer.from(text))),
    );
    assert.equal(filtered, 1);
    assert.deepEqual(
      failed.map(({ index, stage, error }) => [index, stage, error.code]),
      [
        [2, "transform", "IGC_TRANSFORM_FAILED"],
        [3, "decode", "IGC_DECODE_JSON"],
        [4, "encode", "IGC_SOURCE_ENCODE"],
        [6, "encode", "IGC_SOURCE_ENCODE"],
      ],
    );
  });

  it("refuses what Iggy cannot take", () => {
    const sizes = planFor({ schema: "text" }).run(produced("", Buffer.alloc(0), Buffer.alloc(64_000_001), "x"));
    assert.deepEqual(texts(sizes), ["x"]);
    assert.deepEqual([...sizes.indexes], [3]);
    for (const { stage, error } of sizes.failed)
      assert.deepEqual([stage, error.code], ["encode", "IGC_SOURCE_PAYLOAD_SIZE"]);
    const kinds = planFor({ schema: "raw" }).run(produced("text", { a: 1 }));
    assert.deepEqual(
      kinds.failed.map(({ error }) => error.code),
      ["IGC_SOURCE_PAYLOAD_TYPE", "IGC_SOURCE_PAYLOAD_TYPE"],
    );
  });

  it("takes bytes of unknown types as the original does", () => {
    const any = Buffer.from("0a01611201ff", "hex");
    const bytes = Buffer.from("0801", "hex");
    const { payloads, failed } = planFor({ schema: "json" }).run(produced(any, bytes), "proto");
    assert.deepEqual(payloads.map(String), ['{"type_url":"a","value":"/w=="}']);
    assert.deepEqual(
      failed.map(({ index, error }) => [index, error.code]),
      [[1, "IGC_SOURCE_PAYLOAD_TYPE"]],
    );
    assert.deepEqual(planFor({ schema: "raw" }).run(produced(bytes), "proto").payloads.map(String), [String(bytes)]);
    assert.equal(
      planFor({ schema: "json" }).run(produced(bytes), "avro").failed[0]?.error.code,
      "IGC_SOURCE_PAYLOAD_TYPE",
    );
  });

  it("does the same to packed messages as to a list of them", async () => {
    const chains = [
      undefined,
      marked,
      // Some of the messages are filtered, some changed, some moved to another stream.
      await compileTransforms([
        { type: "filter", condition: "payload.n == 3", mode: "drop" },
        { type: "add_fields", when: "payload.n > 1", fields: [{ key: "m", value: { static: 1 } }] },
      ]),
      await compileTransforms([{ type: "insert_headers", headers: { h: "2" } }]),
    ];
    const texts = ['{"n":0}', '{"n": 1}', "{", '{"n":3}', '{"n":4,"m":7}', "3", "[5]"];
    const bytes = Buffer.from(texts.join(","));
    const starts = new Uint32Array(texts.length);
    const ends = new Uint32Array(texts.length);
    let at = 0;
    for (const [index, text] of texts.entries()) {
      starts[index] = at;
      ends[index] = at + text.length;
      at += text.length + 1;
    }
    for (const shared of [{}, { stream: "other", key: "k", headers: { h: 1 }, partition: 2 }]) {
      const packed = {
        length: texts.length,
        bytes,
        starts,
        ends,
        ids: BigUint64Array.from({ length: 14 }, (_, half) => BigInt(half * 3)),
        timestamps: Float64Array.from(texts, (_, index) => (index === 1 ? Number.NaN : index)),
        ...shared,
      };
      for (const transforms of chains) {
        for (const schema of ["json", "text", "raw"] as const) {
          const outcome = (messages: ProducedMessages) => {
            const result = planFor({ schema, ...(transforms && { transforms }) }).run(messages, "json");
            return {
              payloads: result.payloads.map(String),
              indexes: [...result.indexes],
              filtered: result.filtered,
              failed: result.failed.map(({ index, stage, error }) => [index, stage, error.code]),
              rest: messageList(result.messages).map(({ payload: _, ...rest }) => rest),
            };
          };
          assert.deepEqual(outcome(packed), outcome(messageList(packed)));
          assert.ok(outcome(packed).payloads.length > 0);
        }
      }
    }
  });
});
