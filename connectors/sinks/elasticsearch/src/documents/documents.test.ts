import assert from "node:assert/strict";
import { test } from "node:test";
import { type MessageBatch, OutputBuffer, parseJson, RejectedError } from "@iggy-connectors/sdk";
import { batchOf } from "@iggy-connectors/testing";
import fc from "fast-check";
import { DocumentWriter } from "./documents.ts";

const DEFAULTS = {
  include_metadata: true,
  metadata_prefix: "_iggy_",
  timestamp_format: "epoch_millis",
  include_headers: false,
  data_stream: false,
} as const;

const METADATA = {
  _iggy_offset: 0,
  _iggy_stream: "orders",
  _iggy_topic: "created",
  _iggy_partition: 0,
  _iggy_timestamp: 1_700_000_000_000,
};

function written(batch: MessageBatch, settings: Partial<ConstructorParameters<typeof DocumentWriter>[0]> = {}): string {
  // Small, so that it must grow, and with something before the document.
  const output = new OutputBuffer(8);
  output.writeText("before\n");
  new DocumentWriter({ ...DEFAULTS, ...settings }).write(batch, 0, output);
  const text = output.bytes.toString("utf8", 0, output.position);
  assert.ok(text.startsWith("before\n") && text.endsWith("}\n"));
  return text.slice("before\n".length, -1);
}

test("metadata stands behind the payload's own bytes", () => {
  assert.equal(
    written(batchOf([' {"a" : 1.0, "big":12345678901234567890 } '])),
    '{"a" : 1.0, "big":12345678901234567890 ,"_iggy_offset":0,"_iggy_stream":"orders","_iggy_topic":"created","_iggy_partition":0,"_iggy_timestamp":1700000000000}',
  );
  assert.deepEqual(JSON.parse(written(batchOf(["{ }"]))), METADATA);
});

test("messages of several partitions keep their own places", () => {
  const writer = new DocumentWriter(DEFAULTS);
  const places = [0, 1, 0].map((partition) => {
    const output = new OutputBuffer(8);
    writer.write(batchOf(["{}"], { ref: { stream: `s"${partition}`, topic: "t", partition } }), 0, output);
    const { _iggy_stream, _iggy_partition } = JSON.parse(output.bytes.toString("utf8", 0, output.position));
    return [_iggy_stream, _iggy_partition];
  });
  assert.deepEqual(places, [
    ['s"0', 0],
    ['s"1', 1],
    ['s"0', 0],
  ]);
});

test("without metadata a document is the payload", () => {
  assert.equal(written(batchOf(['\t{"a" : 1}\r\n']), { include_metadata: false }), '{"a" : 1}');
});

test("members with a name of the metadata give way, however they are spelt", () => {
  for (const text of ['{"_iggy_offset":"mine","a":1}', '{"a":1,"\\u005figgy_offset":"mine"}']) {
    assert.deepEqual(JSON.parse(written(batchOf([text]))), { a: 1, ...METADATA }, text);
  }
  assert.deepEqual(JSON.parse(written(batchOf(['{"_iggy_offset":7}']))), METADATA);
});

test("where members give way the others keep their order and digits", () => {
  const own = '"price":1.10,"10":1,"2":2,"rate":12345678901234567.89,"big":12345678901234567890,"huge":1e400,"e":1e2';
  const bare = { include_metadata: false };
  for (const payload of [`{${own},"t":"\\u00e9"}`, `{"_iggy_offset":9,${own},"t":"\\u00e9"}`]) {
    const document = written(batchOf([payload]));
    assert.ok(document.startsWith(`{${own},"t":"é","_iggy_offset":0,`), document);
  }
  const stream = written(batchOf([`{${own},"t":"\\u00e9"}`]), { ...bare, data_stream: true });
  assert.equal(stream, `{${own},"t":"é","@timestamp":1700000000000}`);
  assert.equal(written(batchOf(['{"_iggy_offset":9}'])), written(batchOf(["{}"])));
});

test("any object keeps its value, on one line, with the metadata", () => {
  const names = fc.oneof(fc.string(), fc.constantFrom(...Object.keys(METADATA), "@timestamp", "_iggy_other"));
  fc.assert(
    fc.property(fc.dictionary(names, fc.jsonValue()), fc.boolean(), fc.boolean(), (object, pretty, stream) => {
      const payload = JSON.stringify(object, undefined, pretty ? 2 : 0);
      const batch = batchOf([payload]);
      // Integers beyond 64 bits are no JSON of a stream.
      fc.pre(batch.length === 1);
      const line = written(batch, { data_stream: stream });
      assert.ok(!line.includes("\n"));
      const time = stream && !Object.hasOwn(object, "@timestamp") ? { "@timestamp": 1_700_000_000_000 } : {};
      assert.deepEqual(
        parseJson(Buffer.from(line)),
        parseJson(Buffer.from(JSON.stringify({ ...object, ...time, ...METADATA }))),
      );
    }),
  );
});

test("JSON that is no object is rejected, and nothing of it is written", () => {
  for (const text of ["1", "[{}]", '"{}"', "null", " true "]) {
    assert.throws(
      () => written(batchOf([text])),
      (error: unknown) =>
        error instanceof RejectedError &&
        error.code === "IGC_SINK_ELASTICSEARCH_NOT_AN_OBJECT" &&
        error.place === "offset 0",
      text,
    );
  }
});

test("raw payloads are JSON objects or base64, texts are wrapped, in the original's words", () => {
  const plain = { include_metadata: false };
  const raw = (payload: string | Uint8Array) => written(batchOf([payload], { schema: "raw" }), plain);
  assert.equal(raw('{"a":1}'), '{"a":1}');
  assert.deepEqual(JSON.parse(raw(Buffer.from([0, 255]))), { data: "AP8=", data_type: "raw" });
  assert.deepEqual(JSON.parse(raw("[1]")), { data: "WzFd", data_type: "raw" });
  assert.deepEqual(JSON.parse(raw("{broken}")), { data: "e2Jyb2tlbn0=", data_type: "raw" });
  const text = written(batchOf(['{"a":"line\nbreak"}'], { schema: "text" }), plain);
  assert.deepEqual(JSON.parse(text), { text: '{"a":"line\nbreak"}', data_type: "text" });
});

test("headers are typed; times may be texts; the prefix may be another", () => {
  const headers = new Map([
    ["tenant", { kind: "string", value: "acme" }],
    ["retries", { kind: "uint64", value: 2n ** 60n }],
    ["huge", { kind: "uint128", value: 2n ** 100n }],
    ["flag", { kind: "bool", value: true }],
    ["bytes", { kind: "raw", value: Buffer.from([1, 2]) }],
  ] as const);
  const settings = { include_headers: true, timestamp_format: "iso8601", metadata_prefix: "iggy." } as const;
  const document = written(batchOf(["{}"], { headers }), settings);
  assert.deepEqual(parseJson(Buffer.from(document)), {
    "iggy.offset": 0,
    "iggy.stream": "orders",
    "iggy.topic": "created",
    "iggy.partition": 0,
    "iggy.timestamp": "2023-11-14T22:13:20.000Z",
    "iggy.headers": { tenant: "acme", retries: 2n ** 60n, huge: String(2n ** 100n), flag: true, bytes: "AQI=" },
  });
});
