import assert from "node:assert/strict";
import { request } from "node:http";
import { connect } from "node:net";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { FatalError, messageAt, parseConfig, RetryableError } from "@iggy-connectors/sdk";
import {
  eventually,
  openContext,
  recordingContext,
  temporaryFolder,
  writeTestCertificates,
} from "@iggy-connectors/testing";
import { Agent, fetch as undiciFetch } from "undici";
import { post, start } from "../test/setup.ts";
import { httpSource } from "./index.ts";

const JSON_TYPE = { "content-type": "application/json" };

test("a sender is answered only when its messages are confirmed", async (t) => {
  const runner = await start(t);
  let answered = false;
  const sending = post(`${runner.url}/topics/in`, '{"n":1}', JSON_TYPE).then((answer) => {
    answered = true;
    return answer;
  });
  const { messages, checkpoint } = await runner.poll();
  assert.equal(Buffer.from(messageAt(messages, 0).payload).toString(), '{"n":1}');
  const again = await runner.poll();
  assert.deepEqual(again, { messages, checkpoint, more: true, schema: "json" }, "until then the same is polled again");
  assert.equal(answered, false);
  await runner.source.onDelivered?.(checkpoint!);
  const { status, body } = await sending;
  assert.deepEqual([status, body], [200, { status: "stored", messages: 1 }]);
});

test("requests that came meanwhile make one batch, and one request may span several", async (t) => {
  const runner = await start(t, { max_batch_size: 4, content: "ndjson" });
  const lines = (...numbers: number[]) => numbers.map((n) => `{"n":${n}}`).join("\r\n");
  const first = post(`${runner.url}/topics/in`, lines(0, 1, 2, 3, 4, 5));
  await eventually(() => runner.poll().then(({ messages }) => messages.length === 4));
  const second = post(`${runner.url}/topics/in`, lines(6));
  let answers = 0;
  for (const sending of [first, second]) sending.then(() => answers++);
  await runner.step();
  assert.equal(answers, 0);
  await eventually(() => runner.poll().then(({ messages }) => messages.length === 3));
  await runner.step();
  assert.deepEqual(
    (await Promise.all([first, second])).map(({ body }) => body.messages),
    [6, 1],
  );
  assert.deepEqual(runner.batches, [4, 3]);
  assert.deepEqual(
    runner.texts(),
    [0, 1, 2, 3, 4, 5, 6].map((n) => `{"n":${n}}`),
  );
});

test("endpoints route to streams, and say what they do not take", async (t) => {
  const id = "0123456789abcdef0123456789abcdef";
  const runner = (
    await start(t, {
      topic_path: "in/all",
      endpoints: [
        { path: "/orders", stream: "orders", content: "json" },
        { endpoint_id: id, stream: "clicks" },
        { path: "/old", expires_at: "2020-01-01T00:00:00Z" },
      ],
    })
  ).run();
  const { url } = runner;
  const status = async (path: string, body = "x", method = "POST") => (await post(url + path, body, {}, method)).status;
  assert.equal(await status("/orders?a=1", "{}"), 200);
  assert.equal(await status(`/e/${id}`), 200);
  assert.equal(await status("/topics/in/all"), 200);
  assert.deepEqual(
    runner.messages.map(({ stream }) => stream),
    ["orders", "clicks", undefined],
  );
  assert.deepEqual(
    await Promise.all(["/", "/old", "/e/x", "/orders/", "/topics/in"].map((path) => status(path))),
    [404, 404, 404, 404, 404],
  );
  assert.equal(await status("/orders", "not json"), 400);
  assert.equal(await status("/orders", ""), 400);
  const wrongMethod = await post(`${url}/orders`, "{}", {}, "PUT");
  assert.deepEqual([wrongMethod.status, wrongMethod.headers.get("allow")], [405, "POST"]);
  assert.deepEqual((await post(`${url}/health`, "", {}, "GET")).body, { status: "healthy" });
  assert.equal(runner.messages.length, 3);
});

test("each kind of content makes its messages, with the bytes that were sent", async (t) => {
  const runner = (await start(t, { split_arrays: true })).run();
  const send = (body: string | Uint8Array, type: string) =>
    post(`${runner.url}/topics/in`, body, { "content-type": type });
  assert.equal((await send('[{"a" : 1}, "x,]", [2]]', "application/json; charset=utf-8")).body.messages, 3);
  assert.equal((await send('{"b":1}\n\n{"b":2}\n', "application/x-ndjson")).body.messages, 2);
  assert.equal((await send("hällo", "text/plain")).body.messages, 1);
  assert.equal((await send(Uint8Array.of(0xff, 0), "application/octet-stream")).body.messages, 1);
  assert.deepEqual(runner.texts().slice(0, 6), ['{"a" : 1}', '"x,]"', "[2]", '{"b":1}', '{"b":2}', "hällo"]);
  assert.deepEqual([...runner.messages[6]!.payload], [0xff, 0]);
  const refused = [
    await send("{", "application/json"),
    await send("[]", "application/json"),
    await send('{"a":1}\n{', "application/x-ndjson"),
    await send(Uint8Array.of(0xff), "text/plain"),
  ];
  assert.deepEqual(
    refused.map(({ status, body }) => [status, body.reason]),
    [
      [400, "the body is not JSON"],
      [400, "the array is empty"],
      [400, "line 2 is not JSON"],
      [400, "the body is not UTF-8"],
    ],
  );
});

test("a body beyond the limit is answered with 413, however it is sent", async (t) => {
  const runner = (await start(t, { max_body_size_bytes: 1000 })).run();
  const url = `${runner.url}/topics/in`;
  assert.equal((await post(url, "x".repeat(100_000))).status, 413);
  assert.equal((await post(url, gzipSync("x".repeat(100_000)), { "content-encoding": "gzip" })).status, 413);
  const chunked = await undiciFetch(url, {
    method: "POST",
    duplex: "half",
    body: new ReadableStream({
      start(controller) {
        for (let chunk = 0; chunk < 20; chunk++) controller.enqueue(Buffer.alloc(100, "x"));
        controller.close();
      },
    }),
  });
  assert.equal(chunked.status, 413);
  assert.equal((await post(url, gzipSync("y".repeat(900)), { "content-encoding": "gzip" })).status, 200);
  assert.equal((await post(url, "zz", { "content-encoding": "gzip" })).status, 415);
  assert.deepEqual(runner.texts(), ["y".repeat(900)]);
});

test("when the buffer is full requests are answered 429, and accepted when there is capacity", async (t) => {
  for (const limit of [{ buffer_capacity: 2 }, { buffer_bytes: 2, max_body_size_bytes: 2 }]) {
    const runner = await start(t, limit);
    const url = `${runner.url}/topics/in`;
    const sending = [post(url, "a"), post(url, "b")];
    await eventually(() => runner.poll().then(({ messages }) => messages.length === 2));
    const busy = await post(url, "c");
    assert.deepEqual([busy.status, busy.headers.get("retry-after")], [429, "1"]);
    await runner.step();
    await Promise.all(sending);
    runner.run();
    assert.equal((await post(url, "d")).status, 200);
    assert.deepEqual(runner.texts().sort(), ["a", "b", "d"]);
  }
});

test("a sender whose messages Iggy does not confirm is answered 503", async (t) => {
  const runner = await start(t, { ack_timeout: "20ms" });
  const late = await post(`${runner.url}/topics/in`, "x");
  assert.deepEqual([late.status, late.headers.get("retry-after")], [503, "1"]);
  await runner.step();
  assert.deepEqual(runner.texts(), ["x"], "it is still stored: the sender may send it again");
});

test("queued answers at once, as the original does", async (t) => {
  const runner = await start(t, { ack_mode: "queued" });
  assert.deepEqual((await post(`${runner.url}/topics/in`, "x")).body, { status: "queued", messages: 1 });
  await runner.step();
  assert.deepEqual(runner.texts(), ["x"]);
});

test("a repeated delivery has the same ids, another one has others", async (t) => {
  const runner = (await start(t, { content: "ndjson" })).run();
  const send = (headers: Record<string, string>) => post(`${runner.url}/topics/in`, "1\n2", headers);
  await send({ "webhook-id": "a" });
  await send({ "Webhook-Id": "a" });
  await send({ "webhook-id": "b" });
  await send({});
  const ids = runner.messages.map(({ id }) => id);
  assert.deepEqual(ids.slice(0, 2), ids.slice(2, 4));
  assert.equal(new Set(ids.slice(0, 6)).size, 4);
  assert.ok(ids.slice(0, 6).every((id) => id !== undefined && id > 0n && id < 2n ** 128n));
  assert.deepEqual(ids.slice(6), [undefined, undefined]);
});

test("metadata and forwarded headers become message headers, cut at what Iggy takes", async (t) => {
  const runner = (await start(t, { instance_name: "edge", forward_headers: ["X-Event", "x-none"] })).run();
  await post(`${runner.url}/topics/in`, "x", { "x-event": "é".repeat(200) });
  const headers = runner.messages[0]?.headers as Record<string, unknown>;
  assert.deepEqual(Object.keys(headers), [
    "iggy_source_instance",
    "iggy_http_remote_addr",
    "iggy_http_received_at",
    "x-event",
  ]);
  assert.deepEqual([headers.iggy_source_instance, headers.iggy_http_remote_addr], ["edge", "127.0.0.1"]);
  assert.equal(typeof headers.iggy_http_received_at, "bigint");
  assert.equal(headers["x-event"], "é".repeat(127));
  const plain = (await start(t, { include_http_metadata: false })).run();
  await post(`${plain.url}/topics/in`, "x");
  assert.equal(plain.messages[0]?.headers, undefined);
});

test("a stop answers who still waits, refuses who comes, and ends", async (t) => {
  const runner = await start(t);
  const url = `${runner.url}/topics/in`;
  const waiting = post(url, "x");
  await eventually(() => runner.poll().then(({ messages }) => messages.length === 1));
  await runner.stop();
  const { status, body } = await waiting;
  assert.deepEqual([status, body.code], [503, "unconfirmed"]);
  await assert.rejects(fetch(url, { method: "POST", body: "x" }));
});

test("a sender that vanishes in the middle leaves nothing behind", async (t) => {
  const runner = await start(t, { buffer_bytes: 100, max_body_size_bytes: 100, content: "json" });
  const url = `${runner.url}/topics/in`;
  // Not JSON: where there is room for it, it is read, refused and forgotten.
  const probe = async () => (await post(url, "x".repeat(60))).status;
  const sender = request(url, { method: "POST", headers: { "content-length": "100" } });
  sender.on("error", () => undefined);
  sender.write("p".repeat(60));
  await eventually(async () => (await probe()) === 429);
  sender.destroy();
  await eventually(async () => (await probe()) === 400);
});

test("TLS, with certificates of the senders", async (t) => {
  await using folder = await temporaryFolder();
  const files = writeTestCertificates(folder.path);
  const tls = { cert_file: files.serverCertificate, key_file: files.serverKey, ca_file: files.ca };
  const runner = (await start(t, { tls })).run();
  const { readFileSync } = await import("node:fs");
  const read = (path: string) => readFileSync(path);
  const send = async (connect: Record<string, unknown>) => {
    const dispatcher = new Agent({ connect: { ca: read(files.ca), ...connect } });
    try {
      return (
        await undiciFetch(`${runner.url.replace("http:", "https:")}/topics/in`, {
          method: "POST",
          body: "x",
          dispatcher,
        })
      ).status;
    } finally {
      await dispatcher.destroy();
    }
  };
  assert.equal(await send({ cert: read(files.clientCertificate), key: read(files.clientKey) }), 200);
  await assert.rejects(send({}));
});

test("what cannot be listened on says so", async (t) => {
  const runner = await start(t);
  const open = async (settings: Record<string, unknown>) => {
    const config = await parseConfig(httpSource.config, { topic_path: "in", ...settings });
    const source = httpSource.create(config, recordingContext("/"));
    const { findings } = (await source.check?.({ signal: new AbortController().signal })) ?? { findings: [] };
    const error = await Promise.resolve(source.open?.(openContext())).then(
      () => undefined,
      (e: unknown) => e,
    );
    await source.close?.();
    return { error, level: findings[0]?.level };
  };
  const taken = await open({ listen_addr: runner.url.slice(7) });
  assert.ok(taken.error instanceof RetryableError);
  assert.equal(taken.level, "warning");
  const foreign = await open({ listen_addr: "192.0.2.1:80" });
  assert.ok(foreign.error instanceof FatalError);
  assert.equal(foreign.level, "error");
  const twice = await open({ listen_addr: "127.0.0.1:0", endpoints: [{ path: "/topics/in" }] });
  assert.ok(twice.error instanceof FatalError);
  assert.deepEqual(await open({ listen_addr: "127.0.0.1:0" }), { error: undefined, level: undefined });
});

test("an endpoint without authentication off loopback is logged as a warning", async (t) => {
  const open = await start(t, { listen_addr: "0.0.0.0:0" });
  assert.ok(open.context.lines.includes("warn: Endpoints without authentication are reachable from other hosts"));
  const guarded = await start(t, { listen_addr: "0.0.0.0:0", auth_bearer_token: "t" });
  assert.ok(!guarded.context.lines.some((line) => line.startsWith("warn")));
});

test("a configuration that cannot work names its key", async () => {
  const wrong: [Record<string, unknown>, RegExp][] = [
    [{}, /requires topic_path or endpoints/],
    [{ listen_addr: "8080", topic_path: "a" }, /listen_addr: must be an address/],
    [{ topic_path: "a b" }, /topic_path: /],
    [{ endpoints: [{}] }, /endpoints\[0\]: must have either endpoint_id or path/],
    [{ endpoints: [{ path: "/a", auth_type: "stripe" }] }, /endpoints\[0\]\.auth_secret: requires auth_secret/],
    [{ endpoints: [{ path: "/a", auth_type: "basic", auth_secret: "s" }] }, /auth_username/],
    [{ topic_path: "a", max_body_size_bytes: 64_000_001 }, /max_body_size_bytes: must be between/],
    [{ topic_path: "a", buffer_bytes: "1KiB" }, /buffer_bytes: must be at least max_body_size_bytes/],
  ];
  for (const [value, message] of wrong) {
    await assert.rejects(parseConfig(httpSource.config, { listen_addr: "127.0.0.1:0", ...value }), { message });
  }
});

test("text arrives in UTF-8 without a byte order mark, whatever its charset", async (t) => {
  const runner = (await start(t)).run();
  const latin = Buffer.from('{"n":"é"}', "latin1");
  const utf16 = Buffer.from('\ufeff{"n":"Ł"}', "utf16le");
  for (const [type, body] of [
    ["application/json", Buffer.from('\ufeff{"n":1}')],
    ["application/json; charset=iso-8859-1", latin],
    ["application/json", utf16],
    ["application/x-ndjson", Buffer.from('\ufeff{"n":2}\r\n{"n":3}')],
    ["text/plain; charset=windows-1252", Buffer.from([0x80])],
  ] as const) {
    assert.equal((await post(`${runner.url}/topics/in`, body, { "content-type": type })).status, 200, type);
  }
  assert.deepEqual(runner.texts(), ['{"n":1}', '{"n":"é"}', '{"n":"Ł"}', '{"n":2}', '{"n":3}', "€"]);
  for (const type of ["application/json; charset=klingon", "application/json; charset=utf-16"]) {
    const answer = await post(`${runner.url}/topics/in`, Buffer.from([0x7b, 0xd8, 0x7d]), { "content-type": type });
    assert.deepEqual([answer.status, answer.body.code], [415, "unsupported_charset"], type);
  }
});

test("a request that does not come in time is answered with 408", async (t) => {
  const runner = (await start(t, { request_timeout: "200ms" })).run();
  const { port, hostname } = new URL(runner.url);
  const head = "POST /topics/in HTTP/1.1\r\nhost: h\r\ncontent-type: application/json\r\n";
  // What is sent at once, and what follows it byte by byte, which does not help.
  const starts: Record<string, [string, string]> = {
    nothing: ["", ""],
    "half of the headers": [`${head}x-slow: `, "x"],
    "half of a body": [`${head}content-length: 10000\r\n\r\n{"a"`, " "],
    "half of a chunked body": [`${head}transfer-encoding: chunked\r\n\r\n3\r\n{"a\r\n`, "1\r\n \r\n"],
  };
  await Promise.all(
    Object.entries(starts).map(async ([what, [text, more]]) => {
      const socket = connect({ port: Number(port), host: hostname });
      socket.write(text);
      const drip = setInterval(() => socket.write(more), 20);
      const received = await socket.toArray().finally(() => clearInterval(drip));
      assert.match(Buffer.concat(received).toString(), /^HTTP\/1\.1 408 /, what);
    }),
  );
  assert.deepEqual(runner.texts(), []);
  const { status } = await post(`${runner.url}/topics/in`, "{}", JSON_TYPE);
  assert.equal(status, 200, "others are served");
});
