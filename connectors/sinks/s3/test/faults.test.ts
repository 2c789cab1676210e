import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { isFatal, isRetryable } from "@iggy-connectors/sdk";
import { missingPython, S3Server } from "@iggy-connectors/test-support";
import { batchOf, freePort, openContext, recordingContext, TEST_PARTITION } from "@iggy-connectors/testing";
import { s3SinkConfig } from "../src/config.ts";
import { S3Sink } from "../src/s3-sink.ts";
import { TestBucket } from "./bucket.ts";
import { committed, consume, flush, signal, startSink } from "./setup.ts";
import { type Fate, StoreProxy, type StoreRequest } from "./store-proxy.ts";

const skip = process.env.S3_URL === undefined && (await missingPython());

let server: S3Server;
if (skip === false) {
  before(async () => {
    server = await S3Server.start();
  });
  after(() => server[Symbol.asyncDispose]());
}

const isData = ({ method, target }: StoreRequest): boolean =>
  method === "PUT" && target.includes("/orders/created/2023");
const isOffsetObject = ({ method, target }: StoreRequest): boolean =>
  method === "PUT" && target.includes(".iggy-connectors/test/");

/** The first requests of a kind fare as listed, the others pass. */
function script(kind: (request: StoreRequest) => boolean, ...fates: Fate[]): (request: StoreRequest) => Fate {
  return (request) => (kind(request) ? (fates.shift() ?? "pass") : "pass");
}

async function offsets(bucket: TestBucket): Promise<number[]> {
  const lines = (await bucket.text()).split("\n").filter(Boolean);
  return lines.map((line) => JSON.parse(line).offset);
}

for (const [what, kind] of [
  ["data", isData],
  ["the offset object", isOffsetObject],
] as const) {
  for (const fate of [
    "cut",
    "lose",
    { status: 503, code: "SlowDown" },
    { status: 409, code: "ConditionalRequestConflict" },
  ] as const) {
    test(`writing ${what}: ${typeof fate === "string" ? fate : fate.code} is repeated, and every message is written once`, {
      skip,
    }, async (t) => {
      const bucket = await TestBucket.create(server);
      await using proxy = await StoreProxy.start(server.url);
      const { sink } = await startSink(t, { ...bucket.settings(proxy.url), request_timeout: "5s" });
      await sink.committed(TEST_PARTITION);
      proxy.decide = script(kind, fate, fate);
      await consume(sink, 0, 5);
      await flush(sink);
      await consume(sink, 5, 8);
      await flush(sink);
      assert.deepEqual(await offsets(bucket), [0, 1, 2, 3, 4, 5, 6, 7]);
      assert.equal((await bucket.keys()).length, 2);
    });
  }
}

test("when attempts are used up the flush is retryable, and its repetition writes everything once", {
  skip,
}, async (t) => {
  const bucket = await TestBucket.create(server);
  await using proxy = await StoreProxy.start(server.url);
  const { sink } = await startSink(t, { ...bucket.settings(proxy.url), max_attempts: 2 });
  await sink.committed(TEST_PARTITION);
  proxy.decide = script(isData, { status: 500, code: "InternalError" }, "lose");
  await consume(sink, 0, 5);
  await assert.rejects(flush(sink), (error) => isRetryable(error) && error.code === "IGC_SINK_S3_UNAVAILABLE");
  // Between two attempts of a flush the runtime may hand over more.
  await consume(sink, 5, 7);
  await flush(sink);
  assert.deepEqual(await offsets(bucket), [0, 1, 2, 3, 4, 5, 6]);
});

test("a batch is taken whole or not at all while full objects cannot be written", { skip }, async (t) => {
  const bucket = await TestBucket.create(server);
  await using proxy = await StoreProxy.start(server.url);
  const settings = {
    ...bucket.settings(proxy.url),
    max_attempts: 1,
    file_rotation: "messages",
    max_messages_per_file: 2,
  };
  const { sink } = await startSink(t, settings);
  await sink.committed(TEST_PARTITION);
  await consume(sink, 0, 5);
  proxy.decide = script(isData, { status: 503, code: "SlowDown" });
  await assert.rejects(consume(sink, 5, 9), isRetryable);
  await consume(sink, 5, 9);
  await flush(sink);
  assert.deepEqual(await offsets(bucket), [0, 1, 2, 3, 4, 5, 6, 7, 8]);
});

test("a failed upload in parts leaves no parts behind", { skip }, async (t) => {
  const bucket = await TestBucket.create(server);
  await using proxy = await StoreProxy.start(server.url);
  const settings = { ...bucket.settings(proxy.url), part_size: "5MiB", max_file_size: "64MiB", max_attempts: 1 };
  const { sink } = await startSink(t, settings);
  await sink.committed(TEST_PARTITION);
  const large = "x".repeat(4 * 1024 * 1024);
  const payloads = Array.from({ length: 4 }, (_, n) => JSON.stringify({ n, large }));
  await sink.consume(batchOf(payloads), { signal, attempt: 1 });
  proxy.decide = script(({ target }) => target.includes("partNumber=2"), "cut");
  await assert.rejects(flush(sink), isRetryable);
  assert.deepEqual(await bucket.openUploads(), []);
  // The store completes it, the answer is lost: it is there once, and known to be ours.
  proxy.decide = script(({ method, target }) => method === "POST" && target.includes("uploadId="), "lose");
  await assert.rejects(flush(sink), isRetryable);
  await flush(sink);
  assert.deepEqual(await offsets(bucket), [0, 1, 2, 3]);
  assert.equal((await bucket.keys()).length, 1);
  assert.deepEqual(await bucket.openUploads(), []);
});

test("parts left by a process that was killed are removed by the next one", { skip }, async (t) => {
  const bucket = await TestBucket.create(server);
  await using proxy = await StoreProxy.start(server.url);
  const settings = { ...bucket.settings(proxy.url), part_size: "5MiB", max_file_size: "64MiB", max_attempts: 1 };
  const killed = await startSink(t, settings);
  await killed.sink.committed(TEST_PARTITION);
  const large = "x".repeat(4 * 1024 * 1024);
  await killed.sink.consume(batchOf([0, 1].map((n) => JSON.stringify({ n, large }))), { signal, attempt: 1 });
  // As after a kill: neither the last part nor the request to abort arrives.
  proxy.decide = ({ method, target }) => (target.includes("partNumber=2") || method === "DELETE" ? "cut" : "pass");
  await assert.rejects(flush(killed.sink), isRetryable);
  assert.equal((await bucket.openUploads()).length, 1);
  proxy.decide = () => "pass";
  const next = await startSink(t, settings);
  assert.equal(await committed(next.sink), undefined);
  assert.deepEqual(await bucket.openUploads(), []);
});

test("a store without conditional writes is detected, and the log says what that means", { skip }, async (t) => {
  const bucket = await TestBucket.create(server);
  await using proxy = await StoreProxy.start(server.url);
  proxy.decide = () => "blind";
  const { sink, deliveries } = await startSink(t, bucket.settings(proxy.url));
  assert.equal(deliveries.length, 1);
  assert.equal(deliveries[0]?.delivery, "at-least-once");
  assert.match(
    deliveries[0]?.reason ?? "",
    /^the store does not support conditional writes \(If-Match, If-None-Match\): use /,
  );
  await sink.committed(TEST_PARTITION);
  await consume(sink, 0, 2);
  await flush(sink);
  assert.match(String(await bucket.keys()), /-0{20}-0{19}1\.jsonl$/);

  const config = s3SinkConfig.parse({ ...bucket.settings(proxy.url), delivery: "exactly_once" });
  const strict = new S3Sink(config, recordingContext("."));
  await assert.rejects(
    strict.open(openContext(signal)),
    (error) => isFatal(error) && error.code === "IGC_SINK_S3_NO_CONDITIONS",
  );
  assert.equal((await strict.check({ signal })).findings[0]?.level, "error");
  const { findings, delivery } = await sink.check({ signal });
  assert.equal(delivery?.guarantee, "at-least-once");
  assert.equal(findings.length, 1);
  assert.equal(findings[0]?.level, "warning");
  assert.match(findings[0]?.message ?? "", /at least once/);
  // One that refuses the header is no better, and is not asked for ever.
  proxy.decide = ({ headers }) =>
    headers["if-match"] === undefined ? "pass" : { status: 501, code: "NotImplemented" };
  assert.equal((await sink.check({ signal })).findings[0]?.level, "warning");
});

test("credentials that may write but not list are enough for at least once, and it is said", { skip }, async (t) => {
  const bucket = await TestBucket.create(server);
  await using proxy = await StoreProxy.start(server.url);
  proxy.decide = ({ method }) => (method === "PUT" ? "pass" : { status: 403, code: "AccessDenied" });
  const { sink, deliveries } = await startSink(t, bucket.settings(proxy.url));
  assert.match(deliveries[0]?.reason ?? "", /^the credentials are not allowed to list/);
  await consume(sink, 0, 2);
  const ref = { ...TEST_PARTITION, topic: "other" };
  await sink.consume(batchOf(["1"], { ref }), { signal, attempt: 1 });
  await flush(sink);
  // Whose object has a name cannot be asked: names say the topic.
  assert.match(String((await bucket.keys()).slice(0, 1)), /-0{20}-0{19}1-[0-9a-f]{12}\.jsonl$/);
  assert.equal((await bucket.keys()).length, 2);
  const [finding] = (await sink.check({ signal })).findings;
  assert.equal(finding?.level, "warning");
  assert.match(finding?.fix ?? "", /s3:ListBucket/);
  // Wrong keys are told from keys with few permissions.
  proxy.decide = ({ method }) => ({ status: 403, code: method === "HEAD" ? "" : "InvalidAccessKeyId" });
  const [wrong] = (await sink.check({ signal })).findings;
  assert.equal(wrong?.level, "error");
  assert.match(wrong?.fix ?? "", /access_key_id/);
});

test("check reports what is missing, with a fix and without secrets", { skip }, async () => {
  const bucket = await TestBucket.create(server);
  await using proxy = await StoreProxy.start(server.url);
  const checked = async (settings: Record<string, unknown>) => {
    const sink = new S3Sink(s3SinkConfig.parse(settings), recordingContext("."));
    return (await sink.check({ signal })).findings;
  };
  assert.deepEqual(await checked(bucket.settings(proxy.url)), []);
  // Nothing was written by looking.
  assert.deepEqual(
    proxy.requests.map(({ method }) => method),
    ["HEAD", "PUT"],
  );
  assert.deepEqual(await bucket.keys(), []);

  const [missing] = await checked({ ...bucket.settings(proxy.url), bucket: "there-is-none" });
  assert.match(`${missing?.message} ${missing?.fix}`, /NoSuchBucket.*create the bucket/);

  proxy.decide = ({ method }) => (method === "PUT" ? { status: 403, code: "AccessDenied" } : "pass");
  const [denied] = await checked({ ...bucket.settings(proxy.url), secret_access_key: "hush-hush" });
  assert.match(`${denied?.message} ${denied?.fix}`, /AccessDenied.*s3:PutObject/);
  assert.doesNotMatch(JSON.stringify(denied), /hush/);

  const [away] = await checked(bucket.settings(`http://127.0.0.1:${await freePort()}`));
  assert.equal(away?.level, "error");
  assert.match(away?.message ?? "", /ECONNREFUSED/);
});

test("refusals that a retry cannot cure are fatal, those that somebody may take back are not", { skip }, async (t) => {
  const bucket = await TestBucket.create(server);
  await using proxy = await StoreProxy.start(server.url);
  for (const [status, code, fix, kind] of [
    [403, "AccessDenied", /s3:PutObject/, isRetryable],
    [404, "NoSuchBucket", /create the bucket/, isRetryable],
    [403, "SignatureDoesNotMatch", /renew the credentials/, isRetryable],
    [400, "InvalidStorageClass", /storage_class/, isFatal],
    [400, "KeyTooLongError", /path_template/, isFatal],
  ] as const) {
    proxy.decide = () => "pass";
    const { sink } = await startSink(t, bucket.settings(proxy.url));
    await sink.committed(TEST_PARTITION);
    proxy.decide = ({ method }) => (method === "PUT" ? { status, code } : "pass");
    await consume(sink, 0, 3);
    await assert.rejects(flush(sink), (error) => {
      assert.ok(kind(error), String(error));
      assert.match((error as { fix?: string }).fix ?? "", fix);
      return true;
    });
  }
});

test("options for the objects reach the store", { skip }, async (t) => {
  const bucket = await TestBucket.create(server);
  await using proxy = await StoreProxy.start(server.url);
  const { sink } = await startSink(t, {
    ...bucket.settings(proxy.url),
    session_token: "temporary",
    server_side_encryption: "aws:kms",
    kms_key_id: "key-1",
    storage_class: "STANDARD_IA",
    acl: "bucket-owner-full-control",
    tags: { team: "data + more" },
  });
  await sink.committed(TEST_PARTITION);
  await consume(sink, 0, 3);
  await flush(sink);
  const { headers } = proxy.requests.find(isData) as StoreRequest;
  assert.equal(headers["x-amz-security-token"], "temporary");
  assert.equal(headers["x-amz-server-side-encryption"], "aws:kms");
  assert.equal(headers["x-amz-server-side-encryption-aws-kms-key-id"], "key-1");
  assert.equal(headers["x-amz-storage-class"], "STANDARD_IA");
  assert.equal(headers["x-amz-acl"], "bucket-owner-full-control");
  assert.equal(headers["x-amz-tagging"], "team=data+%2B+more");
  assert.equal(headers["if-none-match"], "*");
});
