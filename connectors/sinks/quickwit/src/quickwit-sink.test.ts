import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { FatalError, RetryableError, UnclassifiedError } from "@iggy-connectors/sdk";
import { batchOf, openContext, recordingContext, TEST_PARTITION } from "@iggy-connectors/testing";
import { type Fault, QuickwitServer, type QuickwitServerOptions } from "../test/quickwit-server.ts";
import quickwitSink from "./index.ts";

const SIGNAL = new AbortController().signal;
const OPEN = openContext(SIGNAL);
const CONSUME = { signal: SIGNAL, attempt: 1 };
const INDEX = "version: 0.9\nindex_id: events\ndoc_mapping:\n  mode: dynamic\n";
const STRICT =
  "version: 0.9\nindex_id: events\ndoc_mapping:\n  mode: strict\n  field_mappings: [{name: n, type: u64}]\n";
const isIngest = (line: string) => /^POST .*\/ingest/.test(line);

async function setup(t: TestContext, settings: Record<string, unknown> = {}, options: QuickwitServerOptions = {}) {
  const server = new QuickwitServer(options);
  const url = await server.start();
  t.after(() => server.stop());
  const context = recordingContext("/");
  const config = quickwitSink.config.parse({
    url,
    index: INDEX,
    commit: "force",
    retry_delay: "1ms",
    retry_max_delay: "5ms",
    open_retry_max_delay: "5ms",
    ...settings,
  });
  const sink = quickwitSink.create(config, context);
  t.after(() => sink.close?.());
  const documents = async () => {
    const reply = await fetch(`${url}/api/v1/events/search?query=*&max_hits=10000`);
    return ((await reply.json()) as { hits: unknown[] }).hits;
  };
  const lines = () => server.requests.map(({ line }) => line).filter((line) => !line.includes("/search"));
  const fail = (times: number, fault: Fault) => {
    for (let time = 0; time < times; time++) server.faults.push(fault);
  };
  return { server, url, sink, context, documents, lines, fail };
}

const numbers = (count: number) => Array.from({ length: count }, (_, n) => JSON.stringify({ n }));
const codes = (result: unknown) =>
  ((result as { rejected?: { offset: bigint; error: { code: string } }[] }).rejected ?? []).map(
    ({ offset, error }) => `${offset} ${error.code}`,
  );

test("open looks for the index and creates it once", async (t) => {
  const { sink, lines, context } = await setup(t);
  await sink.open?.(OPEN);
  await sink.open?.(OPEN);
  assert.deepEqual(lines(), ["GET /api/v1/indexes/events", "POST /api/v1/indexes", "GET /api/v1/indexes/events"]);
  assert.deepEqual(context.lines, ["info: Created index events"]);
});

test("an index that another client creates at the same time is used", async (t) => {
  for (const status of [409, 400]) {
    const { sink, fail, context } = await setup(t);
    fail(1, {
      matches: (line) => /^POST .*indexes$/.test(line),
      status,
      body: '{"message":"index `events` already exists"}',
    });
    await sink.open?.(OPEN);
    assert.deepEqual(context.lines, ["info: Index events was created by another client"]);
  }
});

test("an index configuration that Quickwit refuses is an error with its reason", async (t) => {
  const { sink } = await setup(t, { index: "index_id: events" });
  await assert.rejects(async () => sink.open?.(OPEN), /missing field `version`/);
});

test("invalid YAML is fatal before any request", async (t) => {
  const { sink, server } = await setup(t, { index: "a: [" });
  await assert.rejects(async () => sink.open?.(OPEN), FatalError);
  assert.equal(server.requests.length, 0);
});

test("open tries max_open_retries times, then leaves it to the runtime", async (t) => {
  const { sink, fail, lines } = await setup(t, { max_open_retries: 4 });
  fail(3, { matches: () => true, status: 503 });
  await sink.open?.(OPEN);
  fail(4, { matches: () => true, status: 503 });
  const before = lines().length;
  await assert.rejects(async () => sink.open?.(OPEN), RetryableError);
  assert.equal(lines().length - before, 4);
});

test("a batch is one request of the original bytes", async (t) => {
  const { sink, server, documents, lines } = await setup(t, { headers: { "X-Tenant": "acme" }, token: "t0ken" });
  await sink.open?.(OPEN);
  const payloads = ['{ "big": 1.50, "text": "ü" }', '{"line\\n":\n2}'];
  assert.deepEqual(codes(await sink.consume(batchOf(payloads), CONSUME)), []);
  assert.equal(lines().at(-1), "POST /api/v1/events/ingest?commit=force&detailed_response=true");
  assert.equal(server.requests.at(-1)?.body.length, Buffer.byteLength(payloads.join("\n")) + 1);
  assert.equal(server.requests.at(-1)?.headers["x-tenant"], "acme");
  assert.equal(server.requests.at(-1)?.headers.authorization, "Bearer t0ken");
  assert.deepEqual(await documents(), [{ big: 1.5, text: "ü" }, { "line\n": 2 }]);
});

test("rejected documents are named, the others are in the index", async (t) => {
  const { sink, documents } = await setup(t, { index: STRICT });
  await sink.open?.(OPEN);
  const batch = batchOf(['{"n":1}', '{"n":2,"x":1}', '{"n":3}', '{"n":-1}'], { firstOffset: 100n });
  const result = await sink.consume(batch, CONSUME);
  assert.deepEqual(codes(result), ["101 IGC_SINK_QUICKWIT_DOCUMENT", "103 IGC_SINK_QUICKWIT_DOCUMENT"]);
  assert.match(String(result?.rejected?.[0]?.error), /not declared in the schema: `x`/);
  assert.deepEqual(await documents(), [{ n: 1 }, { n: 3 }]);
});

test("no message is lost when the server counts rejected documents without naming them", async (t) => {
  const { sink } = await setup(t, { index: STRICT }, { detailed: false });
  await sink.open?.(OPEN);
  const result = await sink.consume(batchOf(['{"n":1}', '{"x":1}']), CONSUME);
  assert.deepEqual(codes(result), ["0 IGC_SINK_QUICKWIT_DOCUMENT_UNKNOWN", "1 IGC_SINK_QUICKWIT_DOCUMENT_UNKNOWN"]);
});

test("the first generation of ingestion reports no rejections, and none are assumed", async (t) => {
  const { sink } = await setup(t, { index: STRICT }, { ingest: 1 });
  await sink.open?.(OPEN);
  assert.deepEqual(codes(await sink.consume(batchOf(['{"n":1}', '{"x":1}']), CONSUME)), []);
});

test("text and raw streams: JSON objects are documents, the rest is rejected", async (t) => {
  const { sink, documents } = await setup(t);
  await sink.open?.(OPEN);
  const payloads = ['{"a":\n1}', "plain", "[1]", "\ufeff{}", '{"b":2}', "7"];
  for (const schema of ["text", "raw"] as const) {
    const result = await sink.consume(batchOf(payloads, { schema }), CONSUME);
    assert.deepEqual(
      codes(result),
      [1, 2, 3, 5].map((offset) => `${offset} IGC_SINK_QUICKWIT_NOT_JSON`),
    );
  }
  assert.deepEqual(await documents(), [{ a: 1 }, { b: 2 }, { a: 1 }, { b: 2 }]);
});

test("large batches are sent in several requests, in order", async (t) => {
  const { sink, server, documents } = await setup(t, { max_request_bytes: 1024 });
  await sink.open?.(OPEN);
  await sink.consume(batchOf(numbers(500)), CONSUME);
  const sizes = server.requests.filter(({ line }) => isIngest(line)).map(({ body }) => body.length);
  assert.ok(sizes.length >= 5 && sizes.every((size) => size <= 1024), String(sizes));
  assert.deepEqual(
    await documents(),
    numbers(500).map((text) => JSON.parse(text)),
  );
});

test("413 halves the request and is remembered, a document too large alone is rejected", async (t) => {
  const { sink, documents, lines } = await setup(t, {}, { maxBody: 3000 });
  await sink.open?.(OPEN);
  const payloads = [...numbers(100), JSON.stringify({ pad: "x".repeat(4000) }), ...numbers(3)];
  const result = await sink.consume(batchOf(payloads), CONSUME);
  assert.deepEqual(codes(result), ["100 IGC_SINK_QUICKWIT_TOO_LARGE"]);
  assert.equal((await documents()).length, 103);
  const before = lines().length;
  await sink.consume(batchOf(numbers(300), { firstOffset: 200n }), CONSUME);
  assert.ok(lines().length - before > 1, "the smaller limit is used from the start");
});

test("busy and broken servers are tried max_retries times, then the error is the runtime's", async (t) => {
  const { sink, fail, documents, context } = await setup(t, { max_retries: 3 });
  await sink.open?.(OPEN);
  fail(1, { matches: isIngest, status: 429 });
  fail(1, { matches: isIngest, status: 500 });
  await sink.consume(batchOf(numbers(2)), CONSUME);
  assert.equal((await documents()).length, 2);
  assert.equal(context.lines.filter((line) => line.startsWith("warn: Trying again")).length, 2);

  fail(1, { matches: isIngest, status: 429, headers: { "retry-after": "7" } });
  await assert.rejects(sink.consume(batchOf(numbers(2), { firstOffset: 2n }), CONSUME), (error) => {
    return error instanceof RetryableError && error.retryAfter === 7000;
  });
});

test("a retry after a partial failure sends only what Quickwit has not taken", async (t) => {
  const { sink, fail, documents } = await setup(t, { index: STRICT, max_request_bytes: 1024, max_retries: 1 });
  await sink.open?.(OPEN);
  const payloads = ['{"x":0}', ...numbers(400)];
  const batch = batchOf(payloads);
  let ingests = 0;
  fail(1, { matches: (line) => isIngest(line) && ++ingests === 3, status: 503 });
  await assert.rejects(sink.consume(batch, CONSUME), RetryableError);
  const result = await sink.consume(batch, { ...CONSUME, attempt: 2 });
  assert.deepEqual(
    codes(result),
    ["0 IGC_SINK_QUICKWIT_DOCUMENT"],
    "rejections of the first attempt are not forgotten",
  );
  assert.deepEqual(
    await documents(),
    numbers(400).map((text) => JSON.parse(text)),
  );
});

test("a lost response causes duplicates, never loss", async (t) => {
  const { sink, fail, documents } = await setup(t);
  await sink.open?.(OPEN);
  fail(1, { matches: isIngest, status: 200, afterDoing: true });
  await sink.consume(batchOf(numbers(2)), CONSUME);
  assert.deepEqual(await documents(), [{ n: 0 }, { n: 1 }, { n: 0 }, { n: 1 }]);
});

test("an index deleted meanwhile is created again", async (t) => {
  const { sink, url, documents } = await setup(t);
  await sink.open?.(OPEN);
  await fetch(`${url}/api/v1/indexes/events`, { method: "DELETE" });
  await assert.rejects(sink.consume(batchOf(numbers(2)), CONSUME), RetryableError);
  await sink.consume(batchOf(numbers(2)), CONSUME);
  assert.equal((await documents()).length, 2);
});

test("a response that counts fewer documents, or is not valid, is never a success", async (t) => {
  const { sink, fail } = await setup(t, { max_retries: 1 });
  await sink.open?.(OPEN);
  for (const body of ['{"num_docs_for_processing":1}', "{}", "<html>"]) {
    fail(1, { matches: isIngest, status: 200, body });
    await assert.rejects(sink.consume(batchOf(numbers(2)), CONSUME), RetryableError);
  }
});

test("a refusal of a whole request is the fault of the document that meets it alone, or of none", async (t) => {
  const { sink, server, fail, documents, lines } = await setup(t);
  await sink.open?.(OPEN);
  server.poison = '"n":2}';
  assert.deepEqual(codes(await sink.consume(batchOf(numbers(5)), CONSUME)), ["2 IGC_SINK_QUICKWIT_UNCLEAR"]);
  assert.deepEqual(await documents(), [{ n: 0 }, { n: 1 }, { n: 3 }, { n: 4 }]);
  const before = lines().length;
  server.poison = "{";
  const batch = batchOf(numbers(300), { firstOffset: 10n });
  await assert.rejects(sink.consume(batch, CONSUME), (error) => error instanceof UnclassifiedError);
  assert.ok(lines().length - before < 40, String(lines().length - before));
  server.poison = undefined;
  assert.deepEqual(codes(await sink.consume(batch, CONSUME)), []);
  assert.equal((await documents()).length, 304);
  // The credentials were good for the index.
  fail(4, { matches: isIngest, status: 401 });
  await assert.rejects(sink.consume(batchOf(numbers(2), { firstOffset: 400n }), CONSUME), RetryableError);
});

test("wrong credentials are fatal at the start", async (t) => {
  const { sink, fail } = await setup(t);
  fail(1, { matches: () => true, status: 401 });
  await assert.rejects(async () => sink.open?.(OPEN), FatalError);
});

test("an index that is gone and cannot be created again blames no message", async (t) => {
  const { sink, url, fail, documents } = await setup(t);
  await sink.open?.(OPEN);
  await fetch(`${url}/api/v1/indexes/events`, { method: "DELETE" });
  fail(1, { matches: (line) => line === "POST /api/v1/indexes", status: 400, body: '{"message":"quota"}' });
  await assert.rejects(
    sink.consume(batchOf(numbers(2)), CONSUME),
    (error) => error instanceof RetryableError && /quota/.test(error.message),
  );
  await assert.rejects(sink.consume(batchOf(numbers(2)), CONSUME), RetryableError);
  await sink.consume(batchOf(numbers(2)), CONSUME);
  assert.equal((await documents()).length, 2);
});

test("a batch of another history of the topic is not taken for one that was begun", async (t) => {
  const { sink, fail, documents } = await setup(t, { max_request_bytes: 1024, max_retries: 1 });
  await sink.open?.(OPEN);
  const inHistory = (history: string) => batchOf(numbers(200), { ref: { ...TEST_PARTITION, history } });
  let ingests = 0;
  fail(1, { matches: (line) => isIngest(line) && ++ingests === 2, status: 503 });
  await assert.rejects(sink.consume(inHistory("one"), CONSUME), RetryableError);
  const before = (await documents()).length;
  await sink.consume(inHistory("two"), CONSUME);
  assert.equal((await documents()).length, before + 200);
});

test("gzip", async (t) => {
  const { sink, server, documents } = await setup(t, { gzip: true });
  await sink.open?.(OPEN);
  await sink.consume(batchOf(numbers(500)), CONSUME);
  assert.equal(server.requests.at(-1)?.headers["content-encoding"], "gzip");
  assert.equal((await documents()).length, 500);
});

test("check connects and reports what is missing without writing", async (t) => {
  const { sink, lines } = await setup(t, { commit: "wait_for" });
  const result = await sink.check?.({ signal: SIGNAL });
  assert.deepEqual(
    result?.findings.map(({ level, message }) => [level, message]),
    [
      ["warning", "index events does not exist: it will be created"],
      ["warning", "a commit may take 60 s, which is longer than the request timeout"],
    ],
  );
  assert.deepEqual(lines(), ["GET /api/v1/indexes/events"]);
  const { sink: broken } = await setup(t, { index: "a: [" });
  assert.equal((await broken.check?.({ signal: SIGNAL }))?.findings[0]?.level, "error");
});

test("defaults are the documented ones", () => {
  const config = quickwitSink.config.parse({ url: "http://q", index: "x" });
  assert.deepEqual(
    [config.timeout, config.max_retries, config.retry_delay, config.retry_max_delay, config.commit],
    [30_000, 3, 500, 5_000, "auto"],
  );
  assert.equal(config.max_request_bytes, 8 * 1024 * 1024);
});
