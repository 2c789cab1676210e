import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { brotliCompressSync, gzipSync, zstdCompressSync } from "node:zlib";
import { type ConnectorError, FatalError, RetryableError } from "@iggy-connectors/sdk";
import {
  HttpDestination,
  type HttpDestinationOptions,
  temporaryFolder,
  writeTestCertificates,
} from "@iggy-connectors/testing";
import { createHttpClient } from "../src/http-client.ts";
import type { HttpClient, HttpClientOptions } from "../src/options.ts";

async function destination(t: TestContext, options: HttpDestinationOptions = {}): Promise<HttpDestination> {
  const server = await HttpDestination.start(options);
  t.after(() => server[Symbol.asyncDispose]());
  return server;
}

function client(t: TestContext, options: HttpClientOptions): HttpClient {
  const made = createHttpClient(options);
  t.after(() => made.close());
  return made;
}

async function failure(call: Promise<unknown>): Promise<ConnectorError> {
  return call.then(
    () => assert.fail("the call succeeded"),
    (reason: ConnectorError) => reason,
  );
}

const get = (http: HttpClient) => http.request({ method: "GET" });

test("without a path the base URL is asked as it is written, with its query", async (t) => {
  const server = await destination(t);
  await get(client(t, { baseUrl: `${server.url}/in/?a=1` }));
  await client(t, { baseUrl: `${server.url}/in/?a=1` }).request({ method: "GET", query: { b: "2" } });
  assert.deepEqual(
    server.requests.map(({ target }) => target),
    ["/in/?a=1", "/in/?a=1&b=2"],
  );
});

test("zstd bodies arrive, and responses are read in every supported compression", async (t) => {
  const server = await destination(t);
  const text = "abc".repeat(1000);
  server.otherwise = ({ headers }) => {
    const wanted = String(headers["x-wanted"]);
    const encode = { gzip: gzipSync, br: brotliCompressSync, zstd: zstdCompressSync }[wanted];
    return { headers: { "content-encoding": wanted }, body: encode?.(text) ?? "" };
  };
  const http = client(t, { baseUrl: server.url, compression: "zstd" });
  for (const encoding of ["gzip", "br", "zstd"]) {
    const reply = await http.request({ method: "POST", headers: { "x-wanted": encoding }, body: text });
    assert.equal(reply.text(), text);
  }
  assert.equal(server.requests[0]?.headers["content-encoding"], "zstd");
  assert.equal(server.requests[0]?.body.toString(), text);
});

test("a small answer that unpacks to more than the limit is refused", async (t) => {
  const server = await destination(t);
  server.otherwise = { headers: { "content-encoding": "gzip" }, body: gzipSync(Buffer.alloc(10_000_000)) };
  const error = await failure(get(client(t, { baseUrl: server.url, maxResponseBytes: 100_000 })));
  assert.equal(error.code, "IGC_HTTP_RESPONSE_TOO_LARGE");
});

test("a damaged or unknown content encoding is a clear error", async (t) => {
  const server = await destination(t);
  server.script.push({ headers: { "content-encoding": "gzip" }, body: "not gzip" });
  server.script.push({ headers: { "content-encoding": "magic" }, body: "x" });
  const http = client(t, { baseUrl: server.url });
  assert.match((await failure(get(http))).message, /gzip content is damaged/);
  assert.match((await failure(get(http))).message, /"magic" is not known/);
});

test("an own authority and a client certificate make a connection", async (t) => {
  await using folder = await temporaryFolder();
  const files = writeTestCertificates(folder.path);
  const server = await destination(t, { tls: "client" });
  const { ca: caFile, clientCertificate: certFile, clientKey: keyFile } = files;
  assert.equal((await get(client(t, { baseUrl: server.url, tls: { caFile, certFile, keyFile } }))).status, 200);

  const untrusted = await failure(get(client(t, { baseUrl: server.url })));
  assert.ok(untrusted instanceof RetryableError);
  assert.match(untrusted.fix ?? "", /tls\.ca_file/);
  const nameless = await failure(get(client(t, { baseUrl: server.url, tls: { caFile } })));
  assert.equal(nameless.code, "IGC_HTTP_NETWORK");
  const wrongName = client(t, { baseUrl: server.url, tls: { caFile, certFile, keyFile, serverName: "other" } });
  assert.match((await failure(get(wrongName))).fix ?? "", /tls\.server_name/);
});

test("certificate files that cannot be used name their key", async (t) => {
  await using folder = await temporaryFolder();
  const files = writeTestCertificates(folder.path);
  const made = (tls: HttpClientOptions["tls"]) => () =>
    client(t, { baseUrl: "https://localhost", ...(tls && { tls }) });
  const refused = (place: string) => (error: unknown) => error instanceof FatalError && error.place === place;
  assert.throws(made({ caFile: "none.pem", folder: folder.path }), refused("tls.ca_file"));
  assert.throws(made({ certFile: files.clientCertificate }), refused("tls.key_file"));
  assert.throws(made({ caFile: import.meta.filename }), refused("tls.ca_file"));
});

test("a proxy tunnels TLS, with its credentials, which no error shows", async (t) => {
  await using folder = await temporaryFolder();
  const { ca: caFile } = writeTestCertificates(folder.path);
  const server = await destination(t, { tls: "server" });
  const seen: string[] = [];
  const sockets: Socket[] = [];
  const proxy = createServer().listen(0, "127.0.0.1");
  proxy.on("connect", (request, socket) => {
    seen.push(`${request.url} ${request.headers["proxy-authorization"]}`);
    const target = connect(Number(new URL(server.url).port), "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      socket.pipe(target).pipe(socket);
    });
    sockets.push(target, socket as Socket);
    for (const one of [target, socket]) one.on("error", () => undefined);
  });
  await once(proxy, "listening");
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    proxy.close();
  });
  const { port } = proxy.address() as AddressInfo;
  const http = client(t, { baseUrl: server.url, tls: { caFile }, proxy: `http://me:pw@127.0.0.1:${port}` });
  assert.equal((await get(http)).status, 200);
  assert.deepEqual(seen, [`${new URL(server.url).host} Basic ${Buffer.from("me:pw").toString("base64")}`]);
  assert.throws(
    () => client(t, { baseUrl: server.url, proxy: "socks://me:pw@host" }),
    (error: unknown) => error instanceof FatalError && error.place === "proxy" && !error.message.includes("pw"),
  );
});

test("a proxy forwards what is not TLS", async (t) => {
  const server = await destination(t);
  const seen: string[] = [];
  const proxy = createServer(async (request, response) => {
    seen.push(`${request.method} ${request.url}`);
    const { status } = await fetch(String(request.url), { method: "POST", body: "x" });
    response.writeHead(status).end("by proxy");
  }).listen(0, "127.0.0.1");
  await once(proxy, "listening");
  t.after(() => proxy.close());
  const http = client(t, {
    baseUrl: `${server.url}/in`,
    proxy: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
  });
  assert.equal((await http.request({ method: "POST", body: "x" })).text(), "by proxy");
  assert.deepEqual(seen, [`POST ${server.url}/in`]);
});

test("an API key and an HMAC signature over time and body are sent", async (t) => {
  const server = await destination(t);
  await get(client(t, { baseUrl: server.url, auth: { type: "api_key", header: "X-Api-Key", key: "k" } }));
  assert.equal(server.requests[0]?.headers["x-api-key"], "k");
  const http = client(t, {
    baseUrl: `${server.url}/in`,
    auth: {
      type: "hmac",
      secret: "s3cret",
      algorithm: "sha256",
      header: "X-Signature",
      prefix: "sha256=",
      encoding: "hex",
      timestampHeader: "X-Timestamp",
      signed: "{timestamp}.{method}.{path}.{body}",
    },
  });
  await http.request({ method: "POST", query: { a: "1" }, body: "hello" });
  const { headers } = server.requests[1]!;
  const expected = createHmac("sha256", "s3cret").update(`${headers["x-timestamp"]}.POST./in?a=1.hello`).digest("hex");
  assert.equal(headers["x-signature"], `sha256=${expected}`);
});

test("what is meant for the configured host is not sent to another one", async (t) => {
  const server = await destination(t);
  const other = await destination(t);
  const http = client(t, { baseUrl: server.url, token: "t0ken", headers: { "x-own": "1" } });
  await http.request({ method: "GET", url: new URL(`${server.url}/next?page=2`) });
  await http.request({ method: "GET", url: new URL(`${other.url}/next`) });
  assert.equal(server.requests[0]?.target, "/next?page=2");
  assert.equal(server.requests[0]?.headers.authorization, "Bearer t0ken");
  assert.equal(other.requests[0]?.headers.authorization, undefined);
  assert.equal(other.requests[0]?.headers["x-own"], undefined);
});

test("an open circuit fails at once, says for how long, and closes after a success", async (t) => {
  const server = await destination(t);
  server.otherwise = { status: 503 };
  const http = client(t, { baseUrl: server.url, breaker: { failures: 2, cooldown: 60_000 } });
  await failure(get(http));
  await failure(get(http));
  const open = await failure(get(http));
  assert.equal(open.code, "IGC_HTTP_CIRCUIT_OPEN");
  assert.ok((open as RetryableError).retryAfter! > 50_000);
  assert.equal(server.requests.length, 2);

  const brief = client(t, {
    baseUrl: server.url,
    breaker: { failures: 1, cooldown: 5 },
    retry: { attempts: 100, delay: 2, maxDelay: 20 },
  });
  server.script.push({ status: 503 }, { status: 200 });
  assert.equal((await get(brief)).status, 200);
  server.script.push({ status: 400 }, { status: 400 });
  server.otherwise = { status: 200 };
  for (let refused = 0; refused < 2; refused++) await failure(get(brief));
  assert.equal((await get(brief)).status, 200, "a refused message opens no circuit");
});
