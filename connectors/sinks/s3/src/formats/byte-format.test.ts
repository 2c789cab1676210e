import assert from "node:assert/strict";
import { test } from "node:test";
import { gunzipSync, zstdDecompressSync } from "node:zlib";
import { type MessageBatch, RejectedError } from "@iggy-connectors/sdk";
import { type BatchOptions, batchOf } from "@iggy-connectors/testing";
import fc from "fast-check";
import { s3SinkConfig } from "../config.ts";
import { byteFormat } from "./byte-format.ts";
import type { Format } from "./format.ts";

const format = (settings: Record<string, unknown> = {}): Format =>
  byteFormat(s3SinkConfig.parse({ bucket: "b", region: "r", ...settings }));

async function encoded(target: Format, batch: MessageBatch, drop = 0): Promise<Buffer> {
  const draft = target.begin();
  for (let index = 0; index < batch.length; index++) draft.add(batch, index);
  draft.dropFirst(drop);
  return Buffer.from(await draft.encode());
}

const text = async (
  settings: Record<string, unknown>,
  payloads: readonly (string | Uint8Array)[],
  options?: BatchOptions,
) => (await encoded(format(settings), batchOf(payloads, options))).toString();

test("records are the original's", async () => {
  const headers = new Map([
    ["flag", { kind: "bool", value: true }],
    ["big", { kind: "uint64", value: 2n ** 64n - 1n }],
    ["huge", { kind: "int128", value: -(2n ** 100n) }],
    ["bytes", { kind: "raw", value: Uint8Array.of(1, 2) }],
    ["ratio", { kind: "float64", value: 0.5 }],
  ] as const);
  assert.equal(
    await text({ include_headers: true }, ['{"n": 12345678901234567890}'], { headers, firstOffset: 7n }),
    '{"offset":7,"timestamp":"2023-11-14T22:13:20Z","stream":"orders","topic":"created","partition_id":0,' +
      '"headers":{"flag":true,"big":18446744073709551615,"huge":"-1267650600228229401496703205376","bytes":"AQI=","ratio":0.5},' +
      '"payload":{"n": 12345678901234567890}}\n',
  );
  assert.equal(await text({ include_metadata: false }, ["1", "2"]), '{"payload":1}\n{"payload":2}\n');
  assert.equal(await text({ envelope: false, output_format: "json_array" }, ["1", "[2]"]), "[1,[2]]");
});

test("payloads of other schemas: text as a string, bytes as JSON where they are that, else base64 and said so", async () => {
  const plain = { include_metadata: false };
  assert.equal(await text(plain, ['say "hi"\n'], { schema: "text" }), '{"payload":"say \\"hi\\"\\n"}\n');
  assert.equal(await text(plain, ['{"a":\n1}'], { schema: "raw" }), '{"payload":{"a": 1}}\n');
  assert.equal(
    await text(plain, [Uint8Array.of(255, 0)], { schema: "raw" }),
    '{"payload":"/wA=","payload_encoding":"base64"}\n',
  );
});

/** Integers beyond 64 bits are no JSON for us. */
const json = fc.json({ maxDepth: 3 }).filter((value) => !/\d{19}/.test(value));

test("every line of json_lines is the JSON it was given, in order", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(json, { minLength: 1, maxLength: 20 }), async (values) => {
      const spaced = values.map((value) => `\n${value}\n`);
      const lines = (await text({}, spaced)).split("\n");
      assert.equal(lines.pop(), "");
      const found = lines.map((line) => JSON.parse(line));
      assert.deepEqual(
        found.map(({ payload }) => payload),
        values.map((value) => JSON.parse(value)),
      );
      assert.deepEqual(
        found.map(({ offset }) => offset),
        values.map((_, index) => index),
      );
    }),
  );
});

test("an object without its first messages is the object of the others, in every format", async () => {
  const formats = [
    { output_format: "json_lines" },
    { output_format: "json_array" },
    { output_format: "raw" },
    { output_format: "raw", raw_framing: "length_prefix" },
    { output_format: "text" },
  ];
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...formats),
      fc.array(json, { minLength: 1, maxLength: 12 }),
      fc.nat(),
      async (settings, payloads, seed) => {
        const target = format(settings);
        const drop = seed % payloads.length;
        const rest = batchOf(payloads.slice(drop), { firstOffset: BigInt(drop) });
        assert.equal(
          (await encoded(target, batchOf(payloads), drop)).toString(),
          (await encoded(target, rest)).toString(),
        );
      },
    ),
  );
});

test("framed raw objects give back every payload", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ minLength: 1 }), { maxLength: 10 }), async (payloads) => {
      const bytes = await encoded(
        format({ output_format: "raw", raw_framing: "length_prefix" }),
        batchOf(payloads, { schema: "raw" }),
      );
      const found: Buffer[] = [];
      for (let at = 0; at < bytes.length; at += 4 + bytes.readUInt32BE(at))
        found.push(bytes.subarray(at + 4, at + 4 + bytes.readUInt32BE(at)));
      assert.deepEqual(
        found,
        payloads.map((payload) => Buffer.from(payload)),
      );
    }),
  );
});

test("a text payload with a line feed is refused alone, JSON is written on one line", async () => {
  const draft = format({ output_format: "text" }).begin();
  const batch = batchOf(["one", "t\nwo", "three"], { schema: "text" });
  draft.add(batch, 0);
  assert.throws(
    () => draft.add(batch, 1),
    (error) => error instanceof RejectedError && error.code === "IGC_SINK_LINE_BREAK",
  );
  draft.add(batch, 2);
  assert.equal(Buffer.from(await draft.encode()).toString(), "one\nthree\n");
  assert.equal(await text({ output_format: "text" }, ['{"a":\n1}', "2"]), '{"a": 1}\n2\n');
});

test("an encoded object can be encoded again and gathers nothing of the end", async () => {
  const draft = format({ output_format: "json_array", envelope: false }).begin();
  draft.add(batchOf(["1", "2"]), 0);
  draft.add(batchOf(["1", "2"]), 1);
  assert.equal(Buffer.from(await draft.encode()).toString(), "[1,2]");
  draft.dropFirst(1);
  assert.equal(Buffer.from(await draft.encode()).toString(), "[2]");
});

test("compression shows in name and content type", async () => {
  const batch = batchOf(["1", "2"]);
  const gzip = format({ compression: "gzip", envelope: false });
  assert.deepEqual([gzip.extension, gzip.contentType], [".jsonl.gz", "application/gzip"]);
  assert.equal(gunzipSync(await encoded(gzip, batch)).toString(), "1\n2\n");
  const zstd = format({ compression: "zstd", output_format: "json_array", envelope: false });
  assert.deepEqual([zstd.extension, zstd.contentType], [".json.zst", "application/zstd"]);
  assert.equal(zstdDecompressSync(await encoded(zstd, batch)).toString(), "[1,2]");
});
