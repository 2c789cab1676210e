import assert from "node:assert/strict";
import { test } from "node:test";
import { maskSecrets, parseConfig, type Sink } from "@iggy-connectors/sdk";
import { batchOf, openContext, recordingContext } from "@iggy-connectors/testing";
import { createSink, SIGNAL, setup } from "../test/setup.ts";
import { elasticsearchSink } from "./index.ts";

const NOT_OPEN = { open: false };

async function found(sink: Sink): Promise<string[]> {
  const result = await sink.check?.({ signal: SIGNAL });
  return (result?.findings ?? []).map(({ level, message }) => `${level}: ${message}`);
}

test("check reports the version and what is missing, and writes nothing", async (t) => {
  const { server, sink, context } = await setup(t, { pipeline: "enrich" }, NOT_OPEN);
  assert.deepEqual(await found(sink), [
    "warning: index orders does not exist in Elasticsearch 8.15.0: it will be created",
    "error: ingest pipeline enrich does not exist in Elasticsearch 8.15.0",
  ]);
  assert.deepEqual(context.lines, ["info: connected to Elasticsearch 8.15.0"]);
  assert.equal(server.indexes.size, 0);
  server.indexes.set("orders", undefined);
  server.pipelines.add("enrich");
  server.root = { version: { number: "3.8.0", distribution: "opensearch" } };
  assert.deepEqual(await found(sink), []);
  assert.equal(context.lines.at(-1), "info: connected to OpenSearch 3.8.0");
});

test("check reports missing privileges", async (t) => {
  const { server, sink } = await setup(t, { index: "logs-{topic}" }, NOT_OPEN);
  server.privileges = { index: false, view_index_metadata: true, create_index: false };
  assert.deepEqual(await found(sink), [
    "error: these credentials lack index, create_index on logs-* in Elasticsearch 8.15.0",
  ]);
  server.privileges = { index: true, view_index_metadata: true, create_index: false };
  assert.deepEqual(await found(sink), [
    "warning: these credentials lack create_index on logs-* in Elasticsearch 8.15.0",
  ]);
});

test("check reports wrong credentials, other servers, old servers and unreachable servers", async (t) => {
  const denied = await setup(t, { username: "me", password: "geheim" }, NOT_OPEN);
  denied.server.destination.otherwise = { status: 401, body: "Basic bWU6Z2VoZWlt geheim" };
  const [finding] = await found(denied.sink);
  assert.match(finding!, /^error: GET .*answered 401/);
  assert.ok(!finding!.includes("geheim") && !finding!.includes("bWU6Z2VoZWlt"));

  const other = await setup(t, {}, NOT_OPEN);
  other.server.root = { hello: "world" };
  assert.match((await found(other.sink))[0]!, /neither Elasticsearch nor OpenSearch/);

  const old = await setup(t, {}, NOT_OPEN);
  old.server.root = { version: { number: "6.8.0" } };
  assert.match((await found(old.sink))[0]!, /Elasticsearch 6.8.0 is older/);

  const away = await createSink(t, { url: "http://127.0.0.1:1" }, false);
  assert.match((await found(away.sink))[0]!, /error: .*127\.0\.0\.1:1/);
  const wrong = await createSink(t, { url: "elastic" }, false);
  assert.deepEqual(await found(wrong.sink), ['error: "url" is not an http:// or https:// URL']);
});

test("check and the startup log say why a message may be indexed twice", async (t) => {
  const { server, sink, context } = await setup(t, { document_id: "" });
  assert.match(context.lines.join("\n"), /warn: Delivery is at least once: the server generates ids/);
  server.indexes.set("orders", undefined);
  assert.match((await found(sink)).join("\n"), /warning: the server generates ids/);
});

test("without permission to look up indexes the sink continues without creating them", async (t) => {
  const { server, sink, consume, context } = await setup(t, {}, NOT_OPEN);
  server.destination.script.push({ status: 403 });
  await sink.open?.(openContext(SIGNAL));
  assert.match(context.lines.join("\n"), /not allowed to see whether the index orders exists/);
  await consume(batchOf(["{}"]));
  assert.equal(server.documents.size, 1);
});

test("settings that contradict each other name their key", async () => {
  const wrong: [Record<string, unknown>, RegExp][] = [
    [{ username: "me" }, /username: username and password must be set together/],
    [{ api_key: "k", auth: { type: "bearer", token: "t" } }, /auth: only one of/],
    [{ data_stream: true, op_type: "index" }, /op_type: a data stream/],
    [{ version: "offset", document_id: "" }, /version: "offset" requires/],
    [{ version: "offset", op_type: "create" }, /version: "offset" requires/],
    [{ max_request_bytes: "1KB" }, /max_request_bytes: must be at least/],
    [{ compression: "zstd" }, /compression/],
  ];
  for (const [settings, message] of wrong) {
    await assert.rejects(parseConfig(elasticsearchSink.config, { url: "http://h", index: "i", ...settings }), {
      message,
    });
  }
});

test("secrets are shown nowhere", () => {
  const given = { url: "u", index: "i", password: "hidden", api_key: "hidden", headers: { a: "hidden" } };
  assert.ok(!JSON.stringify(maskSecrets(elasticsearchSink.config, given)).includes("hidden"));
});

test("topics whose documents would replace each other are refused at the start and by check", async (t) => {
  const streams = [{ stream: "s", topics: ["x1", "x2"], pattern: false }];
  const server = (await setup(t, {}, NOT_OPEN)).server;
  const config = await parseConfig(elasticsearchSink.config, {
    url: server.url,
    index: "all",
    document_id: "{partition}:{offset}",
  });
  const sink = elasticsearchSink.create(config, { ...recordingContext("/"), streams });
  t.after(() => sink.close?.());
  await assert.rejects(async () => sink.open?.(openContext(SIGNAL)), { code: "IGC_SINK_ELASTICSEARCH_IDS" });
  assert.match((await found(sink)).join(), /error: document_id .* lacks \{topic\}/);
  assert.equal(elasticsearchSink.deliveryOf?.(config), "exactly-once");
  assert.equal(elasticsearchSink.deliveryOf?.({ ...config, document_id: "" }), "at-least-once");
});
