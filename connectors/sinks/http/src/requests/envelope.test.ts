import assert from "node:assert/strict";
import { test } from "node:test";
import { createCodec } from "@iggy-connectors/codecs";
import { validateJson } from "@iggy-connectors/sdk";
import { batchOf } from "@iggy-connectors/testing";
import fc from "fast-check";
import { EnvelopeWriter, outputFor } from "./envelope.ts";

const bare = new EnvelopeWriter({ include_metadata: false, include_checksum: false, include_origin_timestamp: false });
const full = new EnvelopeWriter({ include_metadata: true, include_checksum: false, include_origin_timestamp: false });

function written(writer: EnvelopeWriter, ...[payloads, options]: Parameters<typeof batchOf>): string {
  const batch = batchOf(payloads, options);
  const output = outputFor(batch, 1);
  writer.write(batch, 0, output);
  return output.bytes.toString("utf8", 0, output.position);
}

test("unchanged JSON is sent as its bytes, except for line feeds between tokens", () => {
  assert.equal(written(bare, ['{"a" : 1.0, "b":12345678901234567890}']), '{"a" : 1.0, "b":12345678901234567890}');
  assert.equal(written(bare, ['{\n"a":\n1}']), '{ "a": 1}');
  assert.ok(written(full, ['{"big":9007199254740993}']).endsWith('"payload":{"big":9007199254740993}}'));
});

test("text is a JSON string, bytes are base64", () => {
  assert.equal(written(bare, ['a "b"\n'], { schema: "text" }), '"a \\"b\\"\\n"');
  assert.deepEqual(JSON.parse(written(bare, [Uint8Array.of(0, 255)], { schema: "raw" })), {
    data: "AP8=",
    iggy_payload_encoding: "base64",
  });
});

test("what a schema decoded is JSON, without losing a digit", async () => {
  const fields = [
    { name: "id", type: "long" },
    { name: "name", type: "string" },
  ];
  const keys = { avro_schema_json: JSON.stringify({ type: "record", name: "Order", fields }) };
  const codec = await createCodec("avro", keys, { folders: [], topic: "created" });
  const order = { id: 9007199254740993n, name: "a" };
  assert.equal(written(bare, [codec.encode(order, "json")], { codec }), '{"id":9007199254740993,"name":"a"}');
});

test("headers are strings, raw ones base64", () => {
  const headers = new Map<string, never>([
    ["trace", { kind: "string", value: 'a"b' }],
    ["retries", { kind: "uint64", value: 18446744073709551615n }],
    ["flag", { kind: "bool", value: true }],
    ["bytes", { kind: "raw", value: Uint8Array.of(1, 2) }],
  ] as unknown as [string, never][]);
  assert.deepEqual(JSON.parse(written(full, ["{}"], { headers })).metadata.iggy_headers, {
    trace: 'a"b',
    retries: "18446744073709551615",
    flag: "true",
    bytes: { data: "AQI=", iggy_header_encoding: "base64" },
  });
});

test("an envelope is JSON on one line that holds the payload, whatever the payload", () => {
  fc.assert(
    fc.property(fc.json(), fc.boolean(), (json, pretty) => {
      const payload = pretty ? JSON.stringify(JSON.parse(json), null, 2) : json;
      // What the stream refuses, such as integers beyond 64 bits, never comes to a sink.
      fc.pre(validateJson(Buffer.from(payload)));
      const text = written(full, [payload], { firstOffset: 2n ** 63n });
      assert.ok(!text.includes("\n"));
      assert.deepEqual(JSON.parse(text).payload, JSON.parse(payload));
      assert.ok(text.includes('"iggy_offset":9223372036854775808,'));
    }),
  );
});
