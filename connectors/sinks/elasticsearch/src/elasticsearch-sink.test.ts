import assert from "node:assert/strict";
import { test } from "node:test";
import { FatalError, type MessageBatch, RejectedError, RetryableError, UnclassifiedError } from "@iggy-connectors/sdk";
import { type BulkAction, BulkServer, refusal } from "@iggy-connectors/test-support";
import {
  batchOf,
  eventually,
  HttpDestination,
  openContext,
  TEST_PARTITION,
  temporaryFolder,
  writeTestCertificates,
} from "@iggy-connectors/testing";
import { createSink, SIGNAL, setup } from "../test/setup.ts";

const PLAIN = { include_metadata: false };
const numbers = (count: number, from = 0): MessageBatch =>
  batchOf(
    Array.from({ length: count }, (_, n) => `{"n":${from + n}}`),
    { firstOffset: BigInt(from) },
  );
const expected = (count: number) => Array.from({ length: count }, (_, n) => ({ n }));
const numberOf = ({ line }: BulkAction): number => (JSON.parse(line) as { n: number }).n;
const codes = (rejected: readonly { offset: bigint; error: unknown }[] = []) =>
  rejected.map(({ offset, error }) => `${offset} ${(error as { code: string }).code}`);
const busy = { status: 429, error: { type: "es_rejected_execution_exception", reason: "queue full" } };

test("documents arrive with their metadata under ids of their places; what comes again replaces itself", async (t) => {
  const { server, consume } = await setup(t);
  await consume(numbers(3));
  await consume(numbers(3));
  const documents = [...server.documents.values()];
  assert.deepEqual(
    documents.map(({ id }) => id),
    ["orders:created:0:0", "orders:created:0:1", "orders:created:0:2"],
  );
  assert.deepEqual(documents[1]?.source, {
    n: 1,
    _iggy_offset: 1,
    _iggy_stream: "orders",
    _iggy_topic: "created",
    _iggy_partition: 0,
    _iggy_timestamp: 1_700_000_000_000,
  });
  const [bulk] = server.bulks();
  assert.equal(bulk?.headers["content-type"], "application/x-ndjson");
});

test("what does not fit the mapping is rejected with the server's reason, the others are there", async (t) => {
  const { server, consume } = await setup(t, PLAIN);
  server.refuse = (action) =>
    numberOf(action) === 1 ? refusal(400, "mapper_parsing_exception", "failed", "no number") : undefined;
  const { rejected } = await consume(numbers(3));
  assert.deepEqual(codes(rejected), ["1 IGC_SINK_ELASTICSEARCH_DOCUMENT"]);
  assert.match(String(rejected?.[0]?.error), /mapper_parsing_exception: failed \(no number\)/);
  assert.deepEqual(server.sources("orders"), [{ n: 0 }, { n: 2 }]);
});

test("busy documents are repeated alone", async (t) => {
  const { server, consume, context } = await setup(t, PLAIN);
  const seen: number[][] = [];
  server.refuse = (action) => {
    if (numberOf(action) === 0) seen.push([]);
    seen.at(-1)?.push(numberOf(action));
    return numberOf(action) % 2 === 0 && seen.length < 3 ? busy : undefined;
  };
  assert.deepEqual((await consume(numbers(5))).rejected, []);
  assert.deepEqual(seen, [
    [0, 1, 2, 3, 4],
    [0, 2, 4],
    [0, 2, 4],
  ]);
  assert.equal(server.sources("orders").length, 5);
  assert.equal(context.lines.filter((line) => line.startsWith("warn: Trying again")).length, 2);
});

test("when the attempts are used up the runtime retries what is open; rejections are kept", async (t) => {
  const { server, consume } = await setup(t, { ...PLAIN, max_retries: 1 });
  const asked: number[] = [];
  let away = true;
  server.refuse = (action) => {
    const n = numberOf(action);
    asked.push(n);
    if (n === 1) return refusal(400, "mapper_parsing_exception", "no");
    return n === 2 && away ? busy : undefined;
  };
  await assert.rejects(consume(numbers(4)), RetryableError);
  assert.deepEqual(asked, [0, 1, 2, 3, 2]);
  away = false;
  const { rejected } = await consume(numbers(4));
  assert.deepEqual(asked, [0, 1, 2, 3, 2, 2]);
  assert.deepEqual(codes(rejected), ["1 IGC_SINK_ELASTICSEARCH_DOCUMENT"]);
});

test("a busy server: Retry-After is kept, and left to the runtime where it is long", async (t) => {
  const { server, consume } = await setup(t, PLAIN);
  server.destination.script.push({ status: 429, headers: { "retry-after": "7" } });
  await assert.rejects(
    consume(numbers(2)),
    (error: unknown) => error instanceof RetryableError && error.retryAfter === 7000,
  );
  server.destination.script.push({ status: 503, headers: { "retry-after": "0" } }, { status: 500 });
  await consume(numbers(2));
  assert.deepEqual(server.sources("orders"), expected(2));
});

test("requests are bounded in documents and bytes; a document too large alone is sent alone", async (t) => {
  const { server, consume } = await setup(t, {
    ...PLAIN,
    batch_size: 4,
    max_request_bytes: 1024,
    max_in_flight_requests: 1,
  });
  const payloads = [
    ...Array.from({ length: 10 }, (_, n) => `{"n":${n}}`),
    `{"n":10,"x":"${"x".repeat(2000)}"}`,
    '{"n":11}',
  ];
  await consume(batchOf(payloads));
  const counts = server.bulks().map(({ body }) => body.toString().split("\n").length >> 1);
  assert.deepEqual(counts, [4, 4, 2, 1, 1]);
  assert.equal(server.documents.size, 12);
});

test("413 halves requests, later ones stay below; a document that is too large alone is rejected", async (t) => {
  const { server, consume } = await setup(t, PLAIN, { maxBody: 2500 });
  const payloads = Array.from({ length: 60 }, (_, n) =>
    n === 30 ? `{"n":30,"x":"${"x".repeat(3000)}"}` : `{"n":${n}}`,
  );
  const { rejected } = await consume(batchOf(payloads));
  assert.deepEqual(codes(rejected), ["30 IGC_SINK_ELASTICSEARCH_TOO_LARGE"]);
  assert.equal(server.documents.size, 59);
});

test("a request that is rejected as a whole is halved until the document that causes it is alone", async (t) => {
  const { server, consume } = await setup(t, PLAIN);
  const bad = JSON.stringify({ error: { type: "illegal_argument_exception", reason: "poison" }, status: 400 });
  const plain = server.destination.otherwise as (request: unknown) => object;
  server.destination.otherwise = (request) =>
    request.body.includes('{"n":5}') ? { status: 400, body: bad } : plain(request);
  const { rejected } = await consume(numbers(8));
  assert.deepEqual(
    rejected?.map(({ offset }) => offset),
    [5n],
  );
  assert.match(String(rejected?.[0]?.error), /poison/);
  assert.equal(server.documents.size, 7);
});

test("no answer, half an answer and a broken connection are repeated, and nothing is there twice", async (t) => {
  const { server, consume } = await setup(t, { ...PLAIN, timeout: "300ms" });
  const script = server.destination.script;
  script.push({ fault: "stall" }, { fault: "reset" }, { fault: "cut", body: '{"items":[' });
  await consume(numbers(3));
  assert.deepEqual(server.sources("orders"), expected(3));
});

test("answers that are none are never taken for success", async (t) => {
  const { server, consume } = await setup(t, { ...PLAIN, max_retries: 0 });
  const item = '{"index":{"status":201}}';
  const bodies = [
    "",
    "<html>",
    "{}",
    '{"errors":false,"items":[]}',
    `{"errors":false,"items":[${item}]}`,
    '{"items":[1,2]}',
  ];
  for (const body of bodies) {
    server.destination.script.push({ body });
    await assert.rejects(consume(numbers(2)), RetryableError, body);
  }
  assert.equal(server.documents.size, 0);
});

test("concurrent requests where order does not matter, one at a time where it does", async (t) => {
  for (const [settings, most] of [
    [{}, 3],
    [{ document_id: "" }, 3],
    [{ document_id: "{payload.n}", version: "offset" }, 3],
    [{ document_id: "{payload.n}" }, 1],
  ] as const) {
    const { server, consume } = await setup(t, { ...PLAIN, batch_size: 1, max_in_flight_requests: 3, ...settings });
    const plain = server.destination.otherwise as (request: unknown) => object;
    let held: (() => void)[] = [];
    server.destination.otherwise = async (request) => {
      if (most > 1) {
        await new Promise<void>((release) => {
          held.push(release);
          if (held.length === most) {
            for (const go of held) go();
            held = [];
          }
        });
      }
      return plain(request);
    };
    await consume(numbers(6));
    assert.equal(server.documents.size, 6);
    assert.equal(server.destination.mostOpen, most, JSON.stringify(settings));
  }
});

test("documents of one id keep their order also where the older one must be repeated", async (t) => {
  const { server, consume } = await setup(t, { ...PLAIN, document_id: "{payload.key}" });
  const values = ['{"key":"a","n":0}', '{"key":"b","n":1}', '{"key":"a","n":2}'];
  let refusals = 2;
  server.refuse = (action) => (numberOf(action) === 0 && refusals-- > 0 ? busy : undefined);
  await consume(batchOf(values));
  const byKey = new Map([...server.documents.values()].map(({ id, source }) => [id, source]));
  assert.deepEqual(byKey.get("a"), { key: "a", n: 2 });
  assert.deepEqual(byKey.get("b"), { key: "b", n: 1 });
});

test("create: a conflict with what was delivered before counts as delivered, one with another document does not", async (t) => {
  const own = await setup(t, { ...PLAIN, op_type: "create" });
  await own.consume(numbers(2));
  assert.deepEqual((await own.consume(numbers(2))).rejected, []);
  assert.equal(own.server.writes, 2);

  const foreign = await setup(t, { ...PLAIN, op_type: "create", document_id: "{payload.n}" });
  await foreign.consume(numbers(1));
  assert.deepEqual(codes((await foreign.consume(numbers(2))).rejected), ["0 IGC_SINK_ELASTICSEARCH_EXISTS"]);
  assert.match(foreign.context.lines.join("\n"), /Delivery is at least once: messages that are delivered again/);
});

test("version = offset: an older document never replaces a newer one", async (t) => {
  const { server, consume } = await setup(t, { ...PLAIN, document_id: "{payload.key}", version: "offset" });
  await consume(batchOf(['{"key":"a","n":1}'], { firstOffset: 7n }));
  assert.deepEqual((await consume(batchOf(['{"key":"a","n":0}'], { firstOffset: 6n }))).rejected, []);
  assert.deepEqual(server.sources("orders"), [{ key: "a", n: 1 }]);
});

test("indexes are created with their mapping before the first document, each once", async (t) => {
  const index_mapping = { mappings: { properties: { n: { type: "long" } } } };
  const { server, consume } = await setup(t, { ...PLAIN, index: "{payload.to}", index_mapping });
  server.autoCreate = false;
  await consume(batchOf(['{"to":"A"}', '{"to":"b"}', '{"to":"a b"}', '{"to":"a"}']));
  assert.deepEqual(
    [...server.indexes],
    [
      ["a", index_mapping],
      ["b", index_mapping],
    ],
  );
  assert.equal(server.destination.requests.filter(({ method }) => method === "PUT").length, 2);
  assert.equal(server.sources("a").length, 2);
});

test("an index that another client creates first, that is deleted meanwhile, or that must not be created", async (t) => {
  const raced = await setup(t, PLAIN, { open: false });
  raced.server.indexes.set("orders", undefined);
  raced.server.destination.script.push({ status: 404 });
  await raced.sink.open?.(openContext(SIGNAL));

  const { server, consume } = await setup(t, PLAIN);
  server.autoCreate = false;
  server.indexes.clear();
  await consume(numbers(2));
  assert.equal(server.sources("orders").length, 2);

  const strict = await setup(t, { ...PLAIN, create_index_if_not_exists: false, max_retries: 0 });
  strict.server.autoCreate = false;
  await assert.rejects(
    strict.consume(numbers(1)),
    (error: unknown) => error instanceof RetryableError && error.code === "IGC_SINK_ELASTICSEARCH_INDEX",
  );
  assert.ok(strict.server.destination.requests.every(({ method }) => method === "POST"));
  // Somebody creates it.
  strict.server.indexes.set("orders", undefined);
  await strict.consume(numbers(1));
  assert.deepEqual(strict.server.sources("orders"), expected(1));
});

test("a name that the cluster refuses fails the start, or rejects the messages that lead to it", async (t) => {
  const invalid = { status: 400, body: '{"error":{"type":"invalid_index_name_exception"}}' };
  const { server, sink } = await setup(t, PLAIN, { open: false });
  server.destination.script.push({ status: 404 }, invalid);
  await assert.rejects(
    sink.open!(openContext(SIGNAL)),
    (error: unknown) => error instanceof FatalError && error.place === "index",
  );

  const byMessage = await setup(t, { ...PLAIN, index: "{payload.to}" });
  const plain = byMessage.server.destination.otherwise as (request: unknown) => object;
  byMessage.server.destination.otherwise = (request) =>
    request.method === "PUT" && request.target === "/bad" ? invalid : plain(request);
  const { rejected } = await byMessage.consume(batchOf(['{"to":"good"}', '{"to":"bad"}', '{"to":"good"}']));
  assert.deepEqual(codes(rejected), ["1 IGC_SINK_ELASTICSEARCH_CREATE"]);
  assert.equal(byMessage.server.sources("good").length, 2);
});

const shardLimit = {
  status: 400,
  error: {
    type: "validation_exception",
    reason:
      "Validation Failed: 1: this action would add [2] shards, but this cluster currently has [1000]/[1000] maximum normal shards open;",
  },
};

test("a condition of cluster or index blames no document, and is over when it is repaired", async (t) => {
  const noWriteIndex = refusal(400, "illegal_argument_exception", "no write index is defined for alias [orders].");
  for (const condition of [shardLimit, noWriteIndex, refusal(403, "security_exception", "unauthorized")]) {
    const { server, consume } = await setup(t, { ...PLAIN, max_retries: 1 });
    server.refuse = () => condition;
    await assert.rejects(consume(numbers(3)), (error: unknown) => error instanceof RetryableError);
    // The whole request is refused in the same way by versions that read the alias first.
    server.destination.script.push({ status: 400, body: JSON.stringify({ ...condition, status: 400 }) });
    server.refuse = () => undefined;
    assert.deepEqual((await consume(numbers(3))).rejected, []);
    assert.deepEqual(server.sources("orders"), expected(3));
  }
});

test("an index that cannot be created now is created later, and no message is blamed", async (t) => {
  const body = JSON.stringify(shardLimit);
  const opening = await setup(t, { ...PLAIN, max_retries: 0 }, { open: false });
  opening.server.destination.script.push({ status: 404 }, { status: 400, body });
  await assert.rejects(
    async () => opening.sink.open?.(openContext(SIGNAL)),
    (error: unknown) => error instanceof RetryableError && /would add \[2\] shards/.test(error.message),
  );
  for (const index of ["orders", "orders-{payload.n}"]) {
    const { server, consume } = await setup(t, { ...PLAIN, index, max_retries: 0 });
    server.autoCreate = false;
    server.indexes.clear();
    const plain = server.destination.otherwise as (request: unknown) => object;
    let full = true;
    server.destination.otherwise = (request) =>
      full && request.method === "PUT" ? { status: 400, body } : plain(request);
    for (let attempt = 0; attempt < 2; attempt++) await assert.rejects(consume(numbers(3)), RetryableError);
    full = false;
    // The sink remembers an index that it saw at the start: the server says that it is gone.
    const rejected = await consume(numbers(3)).then(
      (result) => result.rejected,
      () => consume(numbers(3)).then((result) => result.rejected),
    );
    assert.deepEqual(rejected, []);
    assert.equal(server.documents.size, 3);
  }
});

test("an unknown reason is the document's where its neighbours are indexed, else nobody's", async (t) => {
  const { server, consume } = await setup(t, { ...PLAIN, max_retries: 1 });
  const limit = refusal(400, "illegal_argument_exception", "Limit of total fields [1000] has been exceeded");
  const broken = refusal(500, "null_pointer_exception", "Cannot invoke");
  const asked: number[] = [];
  server.refuse = (action) => {
    asked.push(numberOf(action));
    return { 1: limit, 2: broken }[numberOf(action)];
  };
  const { rejected } = await consume(numbers(4));
  assert.deepEqual(codes(rejected), ["1 IGC_SINK_ELASTICSEARCH_UNCLEAR", "2 IGC_SINK_ELASTICSEARCH_UNCLEAR"]);
  // What broke inside of the server is tried again, alone.
  assert.deepEqual(asked, [0, 1, 2, 3, 2]);
  for (const failure of [limit, broken]) {
    server.refuse = () => failure;
    await assert.rejects(consume(numbers(4, 10)), (error: unknown) => error instanceof UnclassifiedError);
  }
  server.refuse = () => undefined;
  assert.deepEqual((await consume(numbers(4, 10))).rejected, []);
  assert.equal(server.documents.size, 6);
});

test("requests that are refused whatever is in them are not divided for ever", async (t) => {
  const { server, consume } = await setup(t, { ...PLAIN, max_retries: 0 });
  server.destination.otherwise = { status: 400, body: "no" };
  await assert.rejects(consume(numbers(500)), (error: unknown) => error instanceof UnclassifiedError);
  assert.ok(server.bulks().length < 40, String(server.bulks().length));
});

test("a batch of another history of the topic is not taken for one that was begun", async (t) => {
  const { server, consume } = await setup(t, { ...PLAIN, document_id: "", max_retries: 0 });
  const inHistory = (history: string, from: number) =>
    batchOf([`{"n":${from}}`, `{"n":${from + 1}}`], { ref: { ...TEST_PARTITION, history } });
  server.refuse = (action) => (numberOf(action) === 1 ? busy : undefined);
  await assert.rejects(consume(inHistory("one", 0)), RetryableError);
  await consume(inHistory("two", 10));
  assert.deepEqual(server.sources("orders"), [{ n: 0 }, { n: 10 }, { n: 11 }]);
});

test("documents of a topic that was created again replace none, and are not taken for those of the one before", async (t) => {
  for (const settings of [{}, { op_type: "create" }, { data_stream: true }]) {
    const { server, consume } = await setup(t, { ...PLAIN, ...settings });
    for (const history of ["one", "one", "two"]) {
      const ref = { ...TEST_PARTITION, history };
      assert.deepEqual((await consume(batchOf([`{"of":"${history}"}`], { ref }))).rejected, []);
    }
    const found = server.sources("orders") as { of: string }[];
    assert.deepEqual(
      found.map(({ of }) => of),
      ["one", "two"],
    );
  }
});

test("a data stream is created with a template of its own, documents get their time", async (t) => {
  const { server, consume } = await setup(t, { ...PLAIN, data_stream: true, index_mapping: { settings: { a: 1 } } });
  await consume(numbers(1));
  assert.deepEqual(server.templates.get("orders"), {
    index_patterns: ["orders"],
    data_stream: {},
    priority: 200,
    template: { settings: { a: 1 } },
  });
  assert.deepEqual(server.sources("orders"), [{ n: 0, "@timestamp": 1_700_000_000_000 }]);
  assert.match(server.bulks()[0]!.body.toString(), /^\{"create":/);
});

test("refresh, pipeline, compression and credentials of every kind", async (t) => {
  const kinds = [
    [{ username: "me", password: "geheim" }, `Basic ${btoa("me:geheim")}`],
    [{ api_key: "geheim" }, "ApiKey geheim"],
    [{ auth: { type: "bearer", token: "geheim" } }, "Bearer geheim"],
  ] as const;
  for (const [credentials, header] of kinds) {
    const settings = { ...PLAIN, refresh: "wait_for", pipeline: "enrich", compression: "gzip", max_retries: 0 };
    const { server, consume, context } = await setup(t, { ...settings, ...credentials });
    await consume(numbers(100));
    const [bulk] = server.bulks();
    assert.match(bulk!.target, /refresh=wait_for&pipeline=enrich/);
    assert.equal(bulk!.headers.authorization, header);
    assert.equal(bulk!.headers["content-encoding"], "gzip");
    const denied = { status: 401, body: `who is ${header}` };
    server.destination.script.push(denied);
    const refused = await consume(numbers(1)).catch((error: unknown) => error as Error);
    // They were good before.
    assert.ok(refused instanceof RetryableError);
    const never = await setup(t, { ...settings, ...credentials }, { open: false });
    never.server.destination.otherwise = denied;
    const wrong = await Promise.resolve(never.sink.open?.(openContext(SIGNAL))).catch(
      (error: unknown) => error as Error,
    );
    assert.ok(wrong instanceof FatalError);
    const shown = [refused.message, wrong.message, ...context.lines, ...never.context.lines].join();
    assert.ok(!shown.includes("geheim"), shown);
  }
});

test("TLS with an own authority and a client certificate", async (t) => {
  await using folder = await temporaryFolder();
  const { ca: ca_file, clientCertificate: cert_file, clientKey: key_file } = writeTestCertificates(folder.path);
  const { server, consume } = await setup(t, { ...PLAIN, tls: { ca_file, cert_file, key_file } }, { tls: "client" });
  await consume(numbers(2));
  assert.deepEqual(server.sources("orders"), expected(2));
});

test("requests go to the nodes in turn, and past one that is away", async (t) => {
  await using one = await BulkServer.start();
  await using two = await BulkServer.start();
  await using gone = await HttpDestination.start();
  await gone[Symbol.asyncDispose]();
  const settings = {
    ...PLAIN,
    url: gone.url,
    urls: [one.url, two.url],
    batch_size: 1,
    max_in_flight_requests: 1,
    max_retries: 0,
  };
  const { consume } = await createSink(t, settings);
  await consume(numbers(12));
  assert.ok(one.writes > 0 && two.writes > 0);
  assert.equal(one.writes + two.writes, 12);
});

test("a message that makes no document is rejected alone, without a request where none is left", async (t) => {
  const { server, consume } = await setup(t, PLAIN);
  const { rejected } = await consume(batchOf(["[1]"]));
  assert.deepEqual(codes(rejected), ["0 IGC_SINK_ELASTICSEARCH_NOT_AN_OBJECT"]);
  assert.deepEqual(server.bulks(), []);
  assert.ok(rejected?.[0]?.error instanceof RejectedError);
});

test("stopping ends the wait for another try", async (t) => {
  const { server, consume, context } = await setup(t, { ...PLAIN, retry_delay: "1h", max_retry_delay: "1h" });
  const stopping = new AbortController();
  server.refuse = () => busy;
  const consuming = consume(numbers(1), stopping.signal);
  await eventually(() => context.lines.some((line) => line.includes("Trying again")));
  stopping.abort(new Error("stopped"));
  await assert.rejects(consuming, /stopped/);
});
