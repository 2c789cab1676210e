import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Schema } from "@iggy-connectors/sdk";
import { RejectedError } from "@iggy-connectors/sdk";
import { MemoryRegistry, makeFrames } from "@iggy-connectors/test-support";
import fc from "fast-check";
import { z } from "zod";
import type { Codec } from "../codec.ts";
import { codecKeys } from "../codec-keys.ts";
import { createCodec } from "../create-codec.ts";
import { prepareDecode, prepareEncode } from "../prepare.ts";

const { signal } = new AbortController();
const MEMBER = (fields: unknown[]) => JSON.stringify({ type: "record", name: "Member", fields });
const NAME = { name: "name", type: "string" };
const AGE = { name: "age", type: "int", default: 0 };
const PROTO = `syntax = "proto3"; package shop; import "money.proto";
message First { string a = 1; message Inner { Money price = 1; } }
message Second { int64 n = 1; }`;
const MONEY = `syntax = "proto3"; package shop; message Money { int64 units = 1; }`;

function codecOf(registry: MemoryRegistry, schema: Schema, keys: Record<string, unknown> = {}, own: object = {}) {
  const parsed = z.object(codecKeys).parse({ ...own, schema_registry: { url: "http://registry", ...keys } });
  return createCodec(schema, parsed, { folders: [], topic: "members", registry: () => registry });
}

/** Fetches what the payloads need. */
async function ready(codec: Codec, ...payloads: Uint8Array[]): Promise<void> {
  const frames = makeFrames(payloads);
  for (let fetch = prepareDecode(codec, frames, 0); fetch !== undefined; fetch = prepareDecode(codec, frames, 0))
    await fetch(signal);
}

const framed = (id: number, ...data: Uint8Array[]) =>
  Buffer.concat([Buffer.from([0, 0, 0, id >> 8, id & 0xff]), ...data]);

describe("a codec with a schema registry", () => {
  it("reads avro by the writer's schema, as values of the stream's own schema if it has one", async () => {
    const registry = new MemoryRegistry();
    const first = registry.add("members-value", { type: "AVRO", text: MEMBER([NAME]) });
    const second = registry.add("members-value", { type: "AVRO", text: MEMBER([AGE, NAME]) });
    const payloads = [framed(first, Buffer.from("06416e6e", "hex")), framed(second, Buffer.from("3c06416e6e", "hex"))];
    const plain = await codecOf(registry, "avro");
    await ready(plain, ...payloads);
    assert.deepEqual(
      payloads.map((payload) => plain.decode(payload)),
      [{ name: "Ann" }, { age: 30, name: "Ann" }],
    );
    const reader = await codecOf(registry, "avro", {}, { avro_schema_json: MEMBER([NAME, AGE]) });
    await ready(reader, ...payloads);
    assert.deepEqual(
      payloads.map((payload) => reader.decode(payload)),
      [
        { name: "Ann", age: 0 },
        { name: "Ann", age: 30 },
      ],
    );
  });

  it("requests each unknown id of a batch once, and known ids not at all", async () => {
    const registry = new MemoryRegistry();
    const id = registry.add("s", { type: "AVRO", text: '"int"' });
    const codec = await codecOf(registry, "avro");
    const payload = framed(id, Buffer.from([2]));
    await ready(codec, payload, payload, framed(999), framed(999), Buffer.from("junk!"), Buffer.alloc(2));
    assert.deepEqual(registry.asked.toSorted(), ["id 1", "id 999"]);
    assert.equal(prepareDecode(codec, makeFrames([payload, framed(999)]), 0), undefined);
    assert.throws(() => codec.decode(framed(999)), { name: "RejectedError", code: "IGC_DECODE_SCHEMA_ID" });
    assert.throws(() => codec.decode(Buffer.from("junk!")), { name: "RejectedError", code: "IGC_DECODE_AVRO" });
  });

  it("keeps at most the configured number of schemas, but all of a batch", async () => {
    const registry = new MemoryRegistry();
    const ids = Array.from({ length: 6 }, () => registry.add("s", { type: "AVRO", text: '"int"' }));
    const codec = await codecOf(registry, "avro", { cache: 2 });
    const payloads = ids.map((id) => framed(id, Buffer.from([2])));
    await ready(codec, ...payloads);
    for (const payload of payloads) assert.equal(codec.decode(payload), 1);
    await ready(codec, payloads[0]!);
    registry.asked.length = 0;
    await ready(codec, framed(77));
    await ready(codec, ...payloads);
    assert.ok(registry.asked.length > 4, "most were forgotten");
  });

  it("fails with a retryable error while the registry is unavailable", async () => {
    const registry = new MemoryRegistry();
    const id = registry.add("members-value", { type: "AVRO", text: '"int"' });
    const codec = await codecOf(registry, "avro");
    registry.away = true;
    await assert.rejects(ready(codec, framed(id, Buffer.from([2]))), { name: "RetryableError" });
    await assert.rejects(prepareEncode(codec)!(signal), { name: "RetryableError" });
    registry.away = false;
    await ready(codec, framed(id, Buffer.from([2])));
    assert.equal(codec.decode(framed(id, Buffer.from([2]))), 1);
  });

  it("requests a schema again after an aborted request, and once for concurrent calls", async () => {
    const registry = new MemoryRegistry();
    const id = registry.add("s", { type: "AVRO", text: '"int"' });
    const codec = await codecOf(registry, "avro");
    const frames = makeFrames([framed(id, Buffer.from([2]))]);
    const answer = registry.byId.bind(registry);
    const leaving = new AbortController();
    registry.byId = async (wanted, asking?: AbortSignal) => {
      await new Promise((resolve, reject) => {
        asking?.addEventListener("abort", () => reject(new Error("gave up")));
        if (asking === signal) resolve(undefined);
      });
      return answer(wanted);
    };
    const first = prepareDecode(codec, frames, 0)!(leaving.signal);
    const others = [prepareDecode(codec, frames, 0)!(signal), prepareDecode(codec, frames, 0)!(signal)];
    leaving.abort();
    await assert.rejects(first, /gave up/);
    await Promise.all(others);
    assert.deepEqual(registry.asked, ["id 1"]);
    assert.equal(codec.decode(framed(id, Buffer.from([2]))), 1);
  });

  it("fails the messages that refer to a schema of another type or to one that cannot be used", async () => {
    const registry = new MemoryRegistry();
    const json = registry.add("s", { type: "JSON", text: "{}" });
    const broken = registry.add("s", { type: "AVRO", text: "{" });
    const codec = await codecOf(registry, "avro");
    await ready(codec, framed(json), framed(broken));
    for (const id of [json, broken]) {
      assert.throws(() => codec.decode(framed(id, Buffer.from([2]))), {
        name: "RejectedError",
        code: "IGC_DECODE_SCHEMA_ID",
      });
    }
  });

  it("reads any message type of a protobuf schema, with its references", async () => {
    const registry = new MemoryRegistry();
    const id = registry.add("s", { type: "PROTOBUF", text: PROTO, references: [{ name: "money.proto", text: MONEY }] });
    const codec = await codecOf(registry, "proto");
    const of = (...bytes: number[]) => framed(id, Buffer.from(bytes));
    await ready(codec, of());
    assert.deepEqual(codec.decode(of(0, 0x0a, 1, 0x78)), { a: "x" });
    assert.deepEqual(codec.decode(of(2, 2, 0x08, 5)), { n: "5" });
    assert.deepEqual(codec.decode(of(4, 0, 0, 0x0a, 2, 0x08, 7)), { price: { units: "7" } });
    assert.deepEqual(codec.decode(of(0)), {});
    assert.throws(() => codec.decode(of(2, 8)), { code: "IGC_DECODE_PROTO", message: /no message at \[4\]/ });
  });

  it("writes under the subject's newest schema, with the message type's indexes", async () => {
    const registry = new MemoryRegistry();
    registry.add("members-value", {
      type: "PROTOBUF",
      text: PROTO,
      references: [{ name: "money.proto", text: MONEY }],
    });
    const codec = await codecOf(registry, "proto", {}, { proto_message_type: "shop.First.Inner" });
    await prepareEncode(codec)?.(signal);
    assert.equal(prepareEncode(codec), undefined);
    const bytes = Buffer.from(codec.encode({ price: { units: 7 } }));
    assert.equal(bytes.toString("hex"), "00000000010400000a020807");
    await ready(codec, bytes);
    assert.deepEqual(codec.decode(bytes), { price: { units: "7" } });
  });

  it("registers the stream's own schema, or only looks it up", async () => {
    const registry = new MemoryRegistry();
    registry.add("other", { type: "AVRO", text: '"string"' });
    const own = { avro_schema_json: MEMBER([NAME]) };
    const strict = await codecOf(registry, "avro", { auto_register: false }, own);
    await assert.rejects(prepareEncode(strict)!(signal), { name: "FatalError", code: "IGC_CONFIG_SCHEMA_MISSING" });
    const codec = await codecOf(registry, "avro", { subject: "people" }, own);
    await prepareEncode(codec)?.(signal);
    assert.equal(Buffer.from(codec.encode({ name: "Ann" })).toString("hex"), "000000000206416e6e");
    assert.equal(
      Buffer.from(codec.encode(Buffer.from("06416e6e", "hex"), "avro")).toString("hex"),
      "000000000206416e6e",
    );
    assert.throws(() => codec.encode({ name: 5 }), { code: "IGC_SOURCE_ENCODE" });
    const again = await codecOf(registry, "avro", { subject: "people", auto_register: false }, own);
    await prepareEncode(again)?.(signal);
    assert.deepEqual(registry.asked.slice(-3), ["lookup people", "register people", "lookup people"]);
    const nobody = await codecOf(registry, "avro", { subject: "nobody" });
    await assert.rejects(prepareEncode(nobody)!(signal), { name: "FatalError", code: "IGC_CONFIG_SCHEMA_MISSING" });
  });

  it("checks JSON against its JSON Schema and the schemas that it refers to", async () => {
    const registry = new MemoryRegistry();
    const text = JSON.stringify({
      $schema: "http://json-schema.org/draft-04/schema#",
      type: "object",
      properties: {
        id: { type: "integer" },
        at: { type: "string", format: "date-time" },
        who: { $ref: "person.json" },
      },
      required: ["id"],
    });
    const person = JSON.stringify({ type: "object", properties: { "na/me": { type: "string" } } });
    registry.add("members-value", { type: "JSON", text, references: [{ name: "person.json", text: person }] });
    const codec = await codecOf(registry, "json");
    await prepareEncode(codec)?.(signal);
    const value = { id: 9007199254740993n, at: "2026-03-01T12:00:00Z", who: { "na/me": "Ann" } };
    const bytes = Buffer.from(codec.encode(value));
    assert.equal(bytes.toString("latin1", 5, 28), '{"id":9007199254740993,');
    await ready(codec, bytes);
    assert.deepEqual(codec.decode(bytes), value);
    assert.throws(() => codec.encode({ id: 1, who: { "na/me": 5 } }), {
      code: "IGC_SOURCE_SCHEMA_VIOLATION",
      place: "who.na/me",
    });
    assert.throws(() => codec.decode(framed(1, Buffer.from('{"at":"x"}'))), {
      code: "IGC_DECODE_SCHEMA_VIOLATION",
      message: "the payload violates its JSON Schema: must have required property 'id' (#/required)",
    });
    assert.throws(() => codec.decode(framed(1, Buffer.from("{"))), { code: "IGC_DECODE_JSON" });
    assert.throws(() => codec.encode(Buffer.alloc(1), "raw"), { code: "IGC_SOURCE_PAYLOAD_TYPE" });
  });

  it("reads messages without framing by the subject's newest schema", async () => {
    const registry = new MemoryRegistry();
    registry.add("members-value", { type: "AVRO", text: '"int"' });
    registry.add("members-value", { type: "AVRO", text: '"string"' });
    const codec = await codecOf(registry, "avro", { framing: "none" });
    const bytes = Buffer.from("046869", "hex");
    await ready(codec, bytes);
    assert.equal(codec.decode(bytes), "hi");
    assert.deepEqual(Buffer.from(codec.encode("hi")), bytes);
    assert.deepEqual(registry.asked, ["latest members-value"]);
  });

  it("is refused for schemas that a registry does not support", async () => {
    for (const schema of ["raw", "text", "flat_buffer"] as const) {
      await assert.rejects(codecOf(new MemoryRegistry(), schema), {
        name: "FatalError",
        code: "IGC_CONFIG_SCHEMA_REGISTRY",
      });
    }
  });

  it("decodes hostile bytes to a value or rejects them, and nothing else", async () => {
    const registry = new MemoryRegistry();
    registry.add("s", { type: "PROTOBUF", text: PROTO, references: [{ name: "money.proto", text: MONEY }] });
    registry.add("s", { type: "AVRO", text: MEMBER([NAME, AGE]) });
    const codecs = [await codecOf(registry, "proto"), await codecOf(registry, "avro"), await codecOf(registry, "json")];
    for (const codec of codecs) await ready(codec, framed(1), framed(2));
    const data = fc.uint8Array({ maxLength: 24 });
    const hostile = fc.oneof(
      data,
      fc.tuple(fc.constantFrom(1, 2, 3), data).map(([id, bytes]) => framed(id, bytes)),
    );
    fc.assert(
      fc.property(hostile, fc.constantFrom(...codecs), (bytes, codec) => {
        let error: unknown;
        try {
          codec.decode(bytes);
        } catch (thrown) {
          error = thrown;
        }
        assert.equal(codec.accepts(bytes, 0, bytes.length), error === undefined);
        if (error !== undefined)
          assert.ok(error instanceof RejectedError && error.code.startsWith("IGC_DECODE_"), String(error));
      }),
      { numRuns: 2000 },
    );
  });
});
