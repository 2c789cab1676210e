import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { ConnectorError, FatalError, RejectedError, RetryableError, type RetryNotice } from "@iggy-connectors/sdk";
import { statusOf } from "./errors.ts";
import { createHttpClient } from "./http-client.ts";
import type { HttpClient, HttpClientOptions } from "./options.ts";

const FAST_RETRY = { attempts: 3, delay: 1, maxDelay: 5 };

async function serve(t: TestContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function client(t: TestContext, options: HttpClientOptions): HttpClient {
  const made = createHttpClient(options);
  t.after(() => made.close());
  return made;
}

async function received(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function answer(status: number, body = "", headers: Record<string, string> = {}): RequestListener {
  return (_request: IncomingMessage, response: ServerResponse) => {
    response.writeHead(status, headers).end(body);
  };
}

async function failure(call: Promise<unknown>): Promise<ConnectorError> {
  const error = await call.then(
    () => assert.fail("the call succeeded"),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof ConnectorError, String(error));
  return error as ConnectorError;
}

test("sends method, prefix, query, headers and body", async (t) => {
  let seen: { line: string; token: unknown; own: unknown; length: unknown; body: string } | undefined;
  const base = await serve(t, async (request, response) => {
    const { authorization, "x-own": own, "content-length": length } = request.headers;
    seen = {
      line: `${request.method} ${request.url}`,
      token: authorization,
      own,
      length,
      body: (await received(request)).toString(),
    };
    response.end('{"ok":true}');
  });
  const http = client(t, { baseUrl: `${base}/prefix/`, token: "t0ken", headers: { "X-Own": "client" } });
  const reply = await http.request({
    method: "POST",
    path: "/a",
    query: { q: "x y" },
    headers: { "x-own": "call" },
    body: "hällo",
  });
  assert.deepEqual(reply.json(), { ok: true });
  assert.deepEqual(seen, {
    line: "POST /prefix/a?q=x+y",
    token: "Bearer t0ken",
    own: "call",
    length: "6",
    body: "hällo",
  });
});

test("credentials in the URL become Basic authorization and never show in errors", async (t) => {
  let seen: unknown;
  const base = await serve(t, (request, response) => {
    seen = request.headers.authorization;
    response.writeHead(403).end(`you sent ${request.headers.authorization} and pa%ss`);
  });
  const http = client(t, { baseUrl: base.replace("http://", "http://me:pa%25ss@") });
  const error = await failure(http.request({ method: "GET", path: "/" }));
  assert.equal(seen, `Basic ${Buffer.from("me:pa%ss").toString("base64")}`);
  assert.ok(!error.message.includes("pa%ss") && !error.message.includes(String(seen).slice(6)), error.message);
});

test("a token that the server echoes is masked", async (t) => {
  const base = await serve(t, (request, response) => {
    response.writeHead(500).end(`bad token ${request.headers.authorization}; key ${request.headers["x-api-key"]}`);
  });
  const http = client(t, { baseUrl: base, token: "s3cret-token", headers: { "X-Api-Key": "k3y" } });
  const error = await failure(http.request({ method: "GET", path: "/" }));
  assert.match(error.message, /bad token Bearer \*{6}; key \*{6}/);
});

test("gzip compresses larger bodies only", async (t) => {
  const seen: { encoding: unknown; body: Buffer }[] = [];
  const base = await serve(t, async (request, response) => {
    seen.push({ encoding: request.headers["content-encoding"], body: await received(request) });
    response.end();
  });
  const http = client(t, { baseUrl: base, compression: "gzip" });
  const large = Buffer.alloc(5000, "abc");
  await http.request({ method: "POST", path: "/", body: large });
  await http.request({ method: "POST", path: "/", body: "small" });
  assert.equal(seen[0]?.encoding, "gzip");
  assert.deepEqual(gunzipSync(seen[0]?.body ?? Buffer.alloc(0)), large);
  assert.equal(seen[1]?.encoding, undefined);
  assert.equal(seen[1]?.body.toString(), "small");
});

test("each status has its kind of error", async (t) => {
  let status = 0;
  const base = await serve(t, (_request, response) => response.writeHead(status).end("why\nnot"));
  const http = client(t, { baseUrl: base });
  const kinds: [number, typeof ConnectorError][] = [
    [302, FatalError],
    [400, RejectedError],
    [401, FatalError],
    [403, FatalError],
    [404, FatalError],
    [408, RetryableError],
    [413, RejectedError],
    [422, RejectedError],
    [429, RetryableError],
    [500, RetryableError],
    [503, RetryableError],
    [599, RetryableError],
    [999, RetryableError],
  ];
  for (const [code, kind] of kinds) {
    status = code;
    const error = await failure(http.request({ method: "GET", path: "/x" }));
    assert.ok(error instanceof kind, `${code} gave ${error.name}`);
    assert.equal(statusOf(error), code);
    assert.match(error.message, new RegExp(`GET http://127.0.0.1:\\d+/x answered ${code}[^:]*: why not`));
  }
});

test("accepted statuses are answers", async (t) => {
  const base = await serve(t, answer(404, "none"));
  const http = client(t, { baseUrl: base });
  const reply = await http.request({ method: "GET", path: "/", accept: (status) => status === 404 });
  assert.equal(reply.status, 404);
  assert.equal(reply.text(), "none");
});

test("retryable answers are repeated up to the number of attempts, others are not", async (t) => {
  let calls = 0;
  let status = 503;
  const base = await serve(t, (_request, response) => {
    calls++;
    response.writeHead(calls < 3 ? status : 200).end();
  });
  const notices: RetryNotice[] = [];
  const http = client(t, { baseUrl: base, retry: FAST_RETRY, onRetry: (notice) => notices.push(notice) });
  assert.equal((await http.request({ method: "POST", path: "/", body: "x" })).status, 200);
  assert.equal(calls, 3);
  assert.deepEqual(
    notices.map((notice) => notice.attempt),
    [1, 2],
  );

  calls = -10;
  await failure(http.request({ method: "POST", path: "/", body: "x" }));
  assert.equal(calls, -7);

  calls = -10;
  status = 400;
  await failure(http.request({ method: "POST", path: "/", body: "x" }));
  assert.equal(calls, -9);
});

test("a Retry-After longer than the longest delay is handed to the caller", async (t) => {
  let calls = 0;
  const base = await serve(t, (_request, response) => {
    calls++;
    response.writeHead(429, { "retry-after": "60" }).end();
  });
  const http = client(t, { baseUrl: base, retry: FAST_RETRY });
  const error = await failure(http.request({ method: "GET", path: "/" }));
  assert.ok(error instanceof RetryableError);
  assert.equal((error as RetryableError).retryAfter, 60_000);
  assert.equal(calls, 1);
});

test("a refused connection is retryable and says so", async (t) => {
  const base = await serve(t, answer(200));
  const { port } = new URL(base);
  const unused = createServer().listen(0, "127.0.0.1");
  await once(unused, "listening");
  const free = (unused.address() as AddressInfo).port;
  unused.close();
  await once(unused, "close");
  assert.notEqual(Number(port), free);
  const http = client(t, { baseUrl: `http://127.0.0.1:${free}` });
  const error = await failure(http.request({ method: "GET", path: "/" }));
  assert.ok(error instanceof RetryableError);
  assert.equal(error.code, "IGC_HTTP_NETWORK");
  assert.match(error.fix ?? "", /nothing is listening there/);
});

test("a server that does not answer in time is retryable", async (t) => {
  const base = await serve(t, () => undefined);
  const http = client(t, { baseUrl: base, timeout: 20 });
  const error = await failure(http.request({ method: "GET", path: "/" }));
  assert.ok(error instanceof RetryableError);
  assert.equal(error.code, "IGC_HTTP_TIMEOUT");
});

test("a body that stops in the middle is covered by the timeout", async (t) => {
  const base = await serve(t, (_request, response) => {
    response.writeHead(200, { "content-length": "10" });
    response.write("12345");
  });
  const http = client(t, { baseUrl: base, timeout: 50 });
  assert.equal((await failure(http.request({ method: "GET", path: "/" }))).code, "IGC_HTTP_TIMEOUT");
});

test("the caller's abort wins, during the call and between attempts", async (t) => {
  const reason = new Error("stop");
  const arrived = Promise.withResolvers<void>();
  const hanging = await serve(t, () => arrived.resolve());
  const during = new AbortController();
  const call = client(t, { baseUrl: hanging }).request({ method: "GET", path: "/", signal: during.signal });
  await arrived.promise;
  during.abort(reason);
  await assert.rejects(call, reason);

  const busy = await serve(t, answer(503));
  const between = new AbortController();
  const http = client(t, {
    baseUrl: busy,
    retry: { attempts: 2, delay: 60_000, maxDelay: 60_000 },
    onRetry: () => setImmediate(() => between.abort(reason)),
  });
  await assert.rejects(http.request({ method: "GET", path: "/", signal: between.signal }), reason);
});

test("a reply beyond the limit is refused", async (t) => {
  const base = await serve(t, answer(200, "x".repeat(2000)));
  const http = client(t, { baseUrl: base, maxResponseBytes: 1000 });
  assert.equal((await failure(http.request({ method: "GET", path: "/" }))).code, "IGC_HTTP_RESPONSE_TOO_LARGE");
});

test("credentials that were good before are retried, unless the configuration says otherwise", async (t) => {
  let status = 200;
  const base = await serve(t, (_request, response) => response.writeHead(status).end());
  const call = { method: "GET", path: "/" } as const;
  for (const code of [401, 403, 407]) {
    const http = client(t, { baseUrl: base });
    const strict = client(t, { baseUrl: base, statuses: { fatal: [code] } });
    const strictByClass = client(t, { baseUrl: base, statuses: { fatal: ["4xx"] } });
    status = code;
    assert.ok((await failure(http.request(call))) instanceof FatalError);
    status = 200;
    for (const one of [http, strict, strictByClass]) await one.request(call);
    status = code;
    assert.ok((await failure(http.request(call))) instanceof RetryableError, String(code));
    for (const one of [strict, strictByClass]) assert.ok((await failure(one.request(call))) instanceof FatalError);
  }
});

test("the status of a refusal holds whatever becomes of its body, that of a success where nobody reads it", async (t) => {
  let status = 400;
  const bodies: ((response: ServerResponse) => void)[] = [
    (response) => response.writeHead(status).end("x".repeat(2000)),
    (response) => response.writeHead(status, { "content-encoding": "gzip" }).end("no gzip"),
    (response) => response.writeHead(status, { "content-encoding": "unknown" }).end("x"),
    (response) => {
      response.writeHead(status, { "content-length": "10" }).write("part");
      setImmediate(() => response.destroy());
    },
    // Never ends.
    (response) => response.writeHead(status).write("part"),
  ];
  const call = { method: "POST", path: "/", body: "x" } as const;
  for (const send of bodies) {
    const base = await serve(t, (_request, response) => send(response));
    const http = client(t, { baseUrl: base, maxResponseBytes: 1000, timeout: 200 });
    status = 400;
    assert.equal(statusOf(await failure(http.request(call))), 400);
    status = 200;
    assert.ok((await failure(http.request(call))) instanceof RetryableError);
    assert.equal((await http.request({ ...call, ignoreBody: true })).status, 200);
  }
});

test("a body that is not JSON is a clear error", async (t) => {
  const base = await serve(t, answer(200, "<html>"));
  const reply = await client(t, { baseUrl: base }).request({ method: "GET", path: "/" });
  assert.throws(() => reply.json(), { code: "IGC_HTTP_RESPONSE_INVALID" });
});

test("an invalid URL is fatal and not repeated in the message", () => {
  for (const baseUrl of ["", "localhost:7280", "ftp://me:pw@host"]) {
    assert.throws(
      () => createHttpClient({ baseUrl, urlKey: "plugin_config.url" }),
      (error: unknown) =>
        error instanceof FatalError && error.place === "plugin_config.url" && !error.message.includes("pw"),
    );
  }
});
