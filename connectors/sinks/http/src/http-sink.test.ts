import assert from "node:assert/strict";
import { test } from "node:test";
import { type ConnectorError, FatalError, RetryableError } from "@iggy-connectors/sdk";
import { batchOf, eventually, type HttpDestination } from "@iggy-connectors/testing";
import { setup } from "../test/setup.ts";

const three = batchOf(['{"n":0}', '{"n":1}', '{"n":2}'], { firstOffset: 10n });
const offsets = (rejected: readonly { offset: bigint }[] = []) => rejected.map(({ offset }) => offset);
const failure = (call: Promise<unknown>): Promise<ConnectorError> =>
  call.then(
    () => assert.fail("the call succeeded"),
    (error: ConnectorError) => error,
  );

test("individual: one request per message, in order, as an envelope", async (t) => {
  const { consume, destination } = await setup(t, { include_checksum: true, include_origin_timestamp: true });
  await consume(three);
  assert.equal(destination.requests.length, 3);
  for (const [n, { method, target, headers, body }] of destination.requests.entries()) {
    assert.deepEqual([method, target, headers["content-type"]], ["POST", "/ingest", "application/json"]);
    assert.deepEqual(JSON.parse(body.toString()), {
      metadata: {
        iggy_id: String(n + 1).padStart(32, "0"),
        iggy_offset: 10 + n,
        iggy_timestamp: 1_700_000_000_000_000 + n,
        iggy_stream: "orders",
        iggy_topic: "created",
        iggy_partition_id: 0,
        iggy_checksum: 0,
        iggy_origin_timestamp: 1_600_000_000_000_000 + n,
      },
      payload: { n },
    });
  }
});

test("ndjson, json_array and raw: the bodies the original makes", async (t) => {
  const expected = {
    ndjson: ["application/x-ndjson", ['{"n":0}\n{"n":1}\n{"n":2}\n']],
    json_array: ["application/json", ['[{"n":0},{"n":1},{"n":2}]']],
    raw: ["application/octet-stream", ['{"n":0}', '{"n":1}', '{"n":2}']],
  } as const;
  for (const [batch_mode, [type, bodies]] of Object.entries(expected)) {
    const { consume, destination } = await setup(t, { batch_mode, include_metadata: false });
    await consume(three);
    assert.deepEqual(destination.bodies(), bodies);
    assert.ok(destination.requests.every(({ headers }) => headers["content-type"] === type));
  }
  const wrapped = await setup(t, { batch_mode: "ndjson" });
  await wrapped.consume(three);
  const lines = wrapped.destination.bodies()[0]?.split("\n") ?? [];
  assert.equal(lines.pop(), "");
  assert.deepEqual(
    lines.map((line) => JSON.parse(line).payload),
    [{ n: 0 }, { n: 1 }, { n: 2 }],
  );
});

test("every method is sent", async (t) => {
  for (const method of ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]) {
    const { consume, destination } = await setup(t, { method });
    await consume(batchOf(['{"n":0}']));
    assert.deepEqual(
      destination.requests.map((request) => request.method),
      [method],
    );
  }
});

test("URL and headers are filled per message, and messages for one place share a request", async (t) => {
  const { consume, destination } = await setup(t, {
    url: "$/{stream}/{payload.tenant}?v=1",
    headers: { "X-Tenant": "t-{payload.tenant}", "X-Fixed": "{{f}}" },
    batch_mode: "ndjson",
    include_metadata: false,
  });
  const payloads = ['{"tenant":"a b","n":1}', '{"tenant":"c"}', '{"no":1}', '{"tenant":"a b","n":2}'];
  const { rejected } = await consume(batchOf(payloads));
  assert.deepEqual(
    destination.requests.map(({ target, headers }) => [target, headers["x-tenant"], headers["x-fixed"]]),
    [
      ["/orders/a%20b?v=1", "t-a b", "{f}"],
      ["/orders/c?v=1", "t-c", "{f}"],
    ],
  );
  assert.deepEqual(destination.bodies(), [`${payloads[0]}\n${payloads[3]}\n`, `${payloads[1]}\n`]);
  assert.deepEqual(offsets(rejected), [2n]);
});

test("values beyond Latin-1 go into headers as configured, or the reason names the character", async (t) => {
  const payloads = ["Łódź", "São Paulo", "100 %", "plain", "a\r\nX: y", "😀", "it's (x)*"].map((city) =>
    JSON.stringify({ city }),
  );
  const settings = { headers: { "X-City": "{payload.city}" }, max_retries: 0 };
  const cities = (destination: HttpDestination) => destination.requests.map(({ headers }) => headers["x-city"]);
  const plain = await setup(t, settings);
  const { rejected = [] } = await plain.consume(batchOf(payloads));
  assert.deepEqual(
    rejected.map(({ offset, error }) => `${offset} ${(error as Error).message.replace(/^.*\(it/, "(it")}`),
    [
      '0 (it contains "Ł" (U+0141)), for payload.city in "headers.X-City"',
      '4 (it contains U+000D), for payload.city in "headers.X-City"',
      '5 (it contains "😀" (U+1F600)), for payload.city in "headers.X-City"',
    ],
  );
  assert.match((rejected[0]!.error as ConnectorError).fix ?? "", /header_encoding/);
  assert.deepEqual(cities(plain.destination), ["São Paulo", "100 %", "plain", "it's (x)*"]);

  const percent = await setup(t, { ...settings, header_encoding: "percent" });
  assert.deepEqual((await percent.consume(batchOf(payloads))).rejected, []);
  assert.deepEqual(cities(percent.destination), [
    "%C5%81%C3%B3d%C5%BA",
    "S%C3%A3o Paulo",
    "100 %25",
    "plain",
    "a%0D%0AX: y",
    "%F0%9F%98%80",
    "it's (x)*",
  ]);
  assert.deepEqual(
    cities(percent.destination).map((value) => decodeURIComponent(String(value))),
    payloads.map((payload) => JSON.parse(payload).city),
  );

  const extended = await setup(t, {
    ...settings,
    headers: { "X-City": "attachment; filename*={payload.city}" },
    header_encoding: "rfc8187",
  });
  await extended.consume(batchOf([payloads[0]!, payloads[6]!]));
  assert.deepEqual(cities(extended.destination), [
    "attachment; filename*=UTF-8''%C5%81%C3%B3d%C5%BA",
    "attachment; filename*=UTF-8''it%27s%20%28x%29%2A",
  ]);
});

test("the idempotency key is the place in Iggy, the same again after a retry", async (t) => {
  const { consume, destination } = await setup(t, { max_retries: 0 });
  destination.script.push({}, { status: 503 });
  await failure(consume(three));
  await consume(three);
  assert.deepEqual(
    destination.requests.map(({ headers }) => headers["idempotency-key"]),
    ["orders/created/0/10", "orders/created/0/11", "orders/created/0/11", "orders/created/0/12"],
  );
  const many = await setup(t, { batch_mode: "json_array", idempotency_header: "X-Key" });
  await many.consume(three);
  assert.equal(many.destination.requests[0]?.headers["x-key"], "orders/created/0/10-12");
  const byId = await setup(t, { idempotency: "message_id" });
  await byId.consume(three);
  assert.equal(byId.destination.requests[2]?.headers["idempotency-key"], "3".padStart(32, "0"));
  const none = await setup(t, { idempotency: "none" });
  await none.consume(three);
  assert.equal(none.destination.requests[0]?.headers["idempotency-key"], undefined);
});

test("a refused message is rejected with the destination's reason, the others arrive", async (t) => {
  const { consume, destination } = await setup(t);
  destination.otherwise = ({ body }) =>
    body.includes('"n":1') ? { status: 422, body: '{"reason":"n must not\\nbe 1"}' } : {};
  const { rejected = [] } = await consume(three);
  assert.deepEqual(offsets(rejected), [11n]);
  assert.match(String(rejected[0]?.error), /answered 422 .*n must not/);
  assert.equal(destination.requests.length, 3);
});

test("a refused request of many messages is halved until the refused ones are alone", async (t) => {
  const payloads = Array.from({ length: 16 }, (_, n) => `{"n":${n}}`);
  const settings = { batch_mode: "ndjson", include_metadata: false };
  const { consume, destination } = await setup(t, settings);
  const taken: string[] = [];
  destination.otherwise = ({ body }) => {
    if (/"n":(3|9)\}/.test(body.toString())) return { status: 400, body: "bad" };
    taken.push(...body.toString().trim().split("\n"));
    return {};
  };
  assert.deepEqual(offsets((await consume(batchOf(payloads))).rejected), [3n, 9n]);
  assert.deepEqual(taken.sort(), payloads.filter((_, n) => n !== 3 && n !== 9).sort());

  const whole = await setup(t, { ...settings, split_rejected: false });
  whole.destination.otherwise = { status: 400 };
  assert.equal((await whole.consume(batchOf(payloads))).rejected?.length, 16);
  assert.equal(whole.destination.requests.length, 1);
});

test("requests stay below the limits of bytes and messages, and are halved where the destination has a lower one", async (t) => {
  const payloads = Array.from({ length: 40 }, (_, n) => JSON.stringify({ n, text: "x".repeat(50) }));
  const settings = { batch_mode: "ndjson", include_metadata: false };
  const arrived = (bodies: readonly string[]) => bodies.flatMap((body) => body.trim().split("\n"));

  const counted = await setup(t, { ...settings, max_batch_messages: 7 });
  await counted.consume(batchOf(payloads));
  assert.equal(counted.destination.requests.length, 6);
  assert.deepEqual(arrived(counted.destination.bodies()), payloads);

  const sized = await setup(t, { ...settings, max_payload_size_bytes: 500 });
  await sized.consume(batchOf(payloads));
  assert.ok(sized.destination.requests.every(({ body }) => body.length <= 500));
  assert.deepEqual(arrived(sized.destination.bodies()), payloads);

  const limited = await setup(t, settings, { maxBody: 300 });
  const long = JSON.stringify({ text: "y".repeat(400) });
  const { rejected } = await limited.consume(batchOf([...payloads, long]));
  assert.deepEqual(arrived(limited.destination.bodies()), payloads);
  assert.deepEqual(offsets(rejected), [40n]);
});

test("a message beyond max_payload_size_bytes is rejected without being sent", async (t) => {
  const { consume, destination } = await setup(t, { batch_mode: "raw", max_payload_size_bytes: 10 });
  const { rejected = [] } = await consume(batchOf(['{"n":0}', '{"text":"too long"}']));
  assert.deepEqual(offsets(rejected), [1n]);
  assert.match(String(rejected[0]?.error), /makes a request of 19 bytes; the limit is 10/);
  assert.equal(destination.requests.length, 1);
});

test("a destination that flaps gets every message once it works, and only what it has not taken", async (t) => {
  const { consume, destination } = await setup(t, { max_retries: 2 });
  destination.script.push({}, { status: 503 }, { fault: "reset" }, { status: 429 });
  const error = await failure(consume(three));
  assert.ok(error instanceof RetryableError);
  destination.script.push({ fault: "cut" });
  assert.deepEqual(await consume(three), { rejected: [] });
  const sent = destination.bodies().map((body) => JSON.parse(body).payload.n);
  // The answer that breaks off says 200: the message is taken.
  assert.deepEqual(sent, [0, 1, 1, 1, 1, 2]);
});

test("Retry-After is waited for when short, and handed to the runtime when long", async (t) => {
  const { consume, destination } = await setup(t, { max_retry_delay: "30s" });
  destination.script.push({ status: 429, headers: { "retry-after": "0" } });
  await consume(batchOf(['{"n":0}']));
  assert.equal(destination.requests.length, 2);
  destination.script.push({ status: 503, headers: { "retry-after": "120" } });
  const error = await failure(consume(batchOf(['{"n":0}'])));
  assert.equal((error as RetryableError).retryAfter, 120_000);
});

test("a stalled destination ends by the timeout or by the signal", async (t) => {
  const { consume, destination } = await setup(t, { timeout: "20ms", max_retries: 0 });
  destination.script.push({ fault: "stall" });
  assert.equal((await failure(consume(three))).code, "IGC_HTTP_TIMEOUT");
  const patient = await setup(t);
  patient.destination.otherwise = { fault: "stall" };
  const ending = new AbortController();
  const call = patient.consume(three, ending.signal);
  await eventually(() => patient.destination.requests.length === 1);
  const reason = new Error("stop");
  ending.abort(reason);
  assert.equal(await failure(call), reason);
});

test("several requests run concurrently when order does not matter, never more than allowed", async (t) => {
  const { consume, destination } = await setup(t, { max_in_flight_requests: 3 });
  let release = () => {};
  const full = new Promise<void>((resolve) => {
    release = resolve;
  });
  destination.otherwise = async () => {
    if (destination.requests.length === 3) release();
    await full;
    return {};
  };
  await consume(batchOf(Array.from({ length: 9 }, (_, n) => `{"n":${n}}`)));
  assert.equal(destination.mostOpen, 3);
  assert.equal(destination.requests.length, 9);
  const ordered = await setup(t);
  await ordered.consume(three);
  assert.equal(ordered.destination.mostOpen, 1);
});

test("an answer can reject single messages, and ask for others again", async (t) => {
  const { consume, destination } = await setup(t, {
    batch_mode: "json_array",
    include_metadata: false,
    partial_failures: { items: "items", status: "status", error: "error.reason" },
  });
  const items = [{ status: 201 }, { status: 400, error: { reason: "no" } }, { status: 429 }];
  destination.script.push({ body: JSON.stringify({ items }) }, { body: JSON.stringify({ items: [{ status: 201 }] }) });
  assert.ok((await failure(consume(three))) instanceof RetryableError);
  const { rejected = [] } = await consume(three);
  assert.deepEqual(destination.bodies(), ['[{"n":0},{"n":1},{"n":2}]', '[{"n":2}]']);
  assert.deepEqual(offsets(rejected), [11n]);
  assert.match(String(rejected[0]?.error), /status 400: no/);
});

test("an answer that only names failures is read by their index", async (t) => {
  const settings = { batch_mode: "ndjson", partial_failures: { items: "errors", index: "line", error: "why" } };
  const { consume, destination } = await setup(t, settings);
  destination.script.push({ body: '{"errors":[{"line":2,"why":"bad"}]}' }, { body: "{}" });
  assert.deepEqual(offsets((await consume(three)).rejected), [12n]);
  assert.deepEqual((await consume(three)).rejected, []);
  destination.script.push({ body: '{"errors":[{"line":7,"why":"bad"}]}' }, { body: "[]" });
  assert.equal((await failure(consume(three))).code, "IGC_SINK_HTTP_REPLY");
});

test("statuses mean what the configuration says", async (t) => {
  const { consume, destination } = await setup(t, {
    success_status_codes: [202],
    reject_status_codes: [404],
    fatal_status_codes: [402],
    retry_status_codes: [409],
    max_retries: 1,
  });
  destination.script.push({ status: 202 }, { status: 404 }, { status: 409 }, { status: 202 });
  assert.deepEqual(offsets((await consume(three)).rejected), [11n]);
  destination.script.push({ status: 402 });
  assert.ok((await failure(consume(three))) instanceof FatalError);
});

test("wrong credentials fail the connector, and no error shows them", async (t) => {
  const { consume, destination } = await setup(t, { auth: { type: "bearer", token: "t0p-secret" } });
  destination.otherwise = ({ headers }) => ({ status: 401, body: `not with ${headers.authorization}` });
  const error = await failure(consume(three));
  assert.ok(error instanceof FatalError);
  assert.ok(!error.message.includes("t0p-secret"), error.message);
});

test("a revoked partition is forgotten: it starts again when it is assigned again", async (t) => {
  const { consume, destination, sink } = await setup(t, { max_retries: 0 });
  destination.script.push({}, { status: 503 });
  await failure(consume(three));
  await sink.revoked?.([{ stream: "orders", topic: "created", partition: 0 }]);
  await consume(three);
  assert.equal(destination.requests.length, 5);
});
