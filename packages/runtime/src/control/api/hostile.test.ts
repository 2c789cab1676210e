import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { DescribedApi } from "@iggy-connectors/test-support";
import fc from "fast-check";
import { type ScriptedRuntime, scriptedSink, startScripted } from "../../../test/scripted-runtime.ts";
import { INTERNAL_ERROR } from "./failures.ts";
import { ApiListener } from "./listener.ts";

const LIMIT = 64 * 1024;
const OPTIONS = {
  config: { connectors: { reload: false, allowed_paths: ["./plugin.ts"] }, http: { max_body_size: LIMIT } },
};
const start = (): Promise<ScriptedRuntime> =>
  startScripted((folder) => ({ "a.toml": scriptedSink(folder, "a", "run") }), OPTIONS);

interface Sent {
  readonly method: string;
  readonly url: string;
  readonly body?: string | undefined;
  readonly type?: string | undefined;
}

/** Sends a request without changes, and asserts what holds for every response. */
async function send(started: ScriptedRuntime, described: DescribedApi, { method, url, body, type }: Sent) {
  const reply = await fetch(`http://${started.runtime.address}${url}`, {
    method,
    redirect: "manual",
    ...(body === undefined ? {} : { body }),
    headers: type === undefined ? {} : { "content-type": type },
  });
  const text = await reply.text();
  if (process.env.TRACE) console.error(Math.round(performance.now()), method, url.slice(0, 60), reply.status);
  const { status } = reply;
  const contentType = reply.headers.get("content-type") ?? undefined;
  if (method !== "HEAD" && method !== "OPTIONS") described.check({ method, url, status, contentType, body: text });
  assert.ok(!text.includes(INTERNAL_ERROR), `${method} ${url} ${body}`);
  assert.doesNotMatch(text, /\n\s+at |node_modules|\.[jt]s:\d+:\d+/, "a stack");
  return { status, text, headers: reply.headers };
}

const words = fc.constantFrom(
  ...[
    "a",
    "nobody",
    "..",
    ".",
    "",
    "0",
    "-1",
    "1e3",
    "9007199254740993",
    "__proto__",
    "constructor",
    "%",
    "\0",
    "\r\n",
    "ü/😀",
  ],
);
const segment = fc.oneof(
  words,
  fc.string(),
  fc.string({ unit: "binary", maxLength: 400 }).map((text) => text.toWellFormed()),
);
const value = fc.oneof(segment, fc.constantFrom("true", "1", "first", "2026-01-31T00:00:00Z"));
const names = fc.constantFrom(
  ...["format", "version", "dry_run", "purge", "limit", "after", "since", "resolved", "connect", "rate", "stage", "x"],
);
const query = fc.array(fc.tuple(names, value), { maxLength: 3 });
/** A segment that the URL does not change: dots would be resolved, and an empty text is not a segment. */
const inPath = (text: string): string => (/^\.{0,2}$/.test(text) ? "x" : encodeURIComponent(text));
const nested = fc.letrec((tie) => ({
  node: fc.oneof(
    fc.jsonValue(),
    fc.dictionary(
      fc.oneof(
        words,
        fc.constantFrom(
          "to",
          "ids",
          "filter",
          "streams",
          "transforms",
          "plugin_config",
          "checkpoint",
          "version",
          "path",
        ),
      ),
      tie("node"),
      { maxKeys: 4 },
    ),
  ),
}));
const body = fc.oneof(
  fc.constant(undefined),
  nested.node.map((json) => JSON.stringify(json)),
  fc.string(),
  fc.constantFrom(
    "{",
    "null",
    "[]",
    '{"__proto__":{"a":1}}',
    `${"[".repeat(5000)}`,
    `${"[".repeat(5000)}${"]".repeat(5000)}`,
  ),
);
const type = fc.constantFrom(
  "application/json",
  "application/json",
  "application/json; charset=utf-8",
  "text/plain",
  "a/b",
  undefined,
);

test("every request, valid or not, gets a response that is documented and reveals nothing internal", async () => {
  await using started = await start();
  const document = (await started.get("/openapi.json")) as { paths: Record<string, Record<string, unknown>> };
  const described = new DescribedApi(document);
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      // Operations without input are tested elsewhere.
      .filter(([, operation]) => JSON.stringify(operation).match(/"parameters"|"requestBody"/) !== null)
      .filter(([, operation]) => !JSON.stringify(operation).includes("text/event-stream"))
      .map(([method]) => ({ path, method: method.toUpperCase() })),
  );
  const asked = fc.record({
    operation: fc.constantFrom(...operations),
    method: fc.constantFrom(undefined, undefined, undefined, "HEAD", "OPTIONS", "PATCH", "DELETE", "PUT"),
    segments: fc.array(segment, { minLength: 3, maxLength: 3 }),
    query,
    body,
    type,
  });
  await fc.assert(
    fc.asyncProperty(
      asked,
      async ({ operation, method = operation.method, segments, query: pairs, body: sent, type: contentType }) => {
        let index = 0;
        const path = operation.path.replaceAll(/\{\w+\}/g, () => inPath(segments[index++]!));
        const search = new URLSearchParams(pairs).toString();
        const takesBody = method !== "GET" && method !== "HEAD";
        await send(started, described, {
          method,
          url: search === "" ? path : `${path}?${search}`,
          ...(takesBody && sent !== undefined ? { body: sent, type: contentType } : {}),
        });
      },
    ),
    { numRuns: 300 },
  );
});

test("a connector is accepted with any key that a path can contain, or refused", async () => {
  await using started = await start();
  const described = new DescribedApi(await started.get("/openapi.json"));
  const sent = JSON.stringify({
    enabled: false,
    name: "N",
    path: "./plugin.ts",
    streams: [{ stream: "s", topics: ["t"], schema: "json" }],
  });
  const key = segment.filter((text) => text !== "" && text !== "." && text !== "..");
  await fc.assert(
    fc.asyncProperty(key, async (text) => {
      const url = `/sinks/${encodeURIComponent(text)}`;
      const { status } = await send(started, described, { method: "PUT", url, body: sent, type: "application/json" });
      assert.ok([200, 400, 404].includes(status), `${status}`);
      if (status !== 200) return;
      const shown = await send(started, described, { method: "GET", url: `${url}/configs/active` });
      assert.equal((JSON.parse(shown.text) as { key: string }).key, text);
      assert.equal((await send(started, described, { method: "DELETE", url })).status, 204);
    }),
    { numRuns: 15, examples: [["a/b"], ["validate"], ["../../etc"], ["x".repeat(300)], ["ü".repeat(120)]] },
  );
});

test("with every method, a body must be JSON and no larger than the limit", async () => {
  await using started = await start();
  const described = new DescribedApi(await started.get("/openapi.json"));
  const large = JSON.stringify({ name: "x".repeat(LIMIT) });
  for (const [method, url] of [
    ["POST", "/sinks/validate"],
    ["POST", "/sinks/a/configs"],
    ["POST", "/sinks/a/restart"],
    ["PUT", "/sinks/a"],
    ["PUT", "/sources/a/checkpoint"],
    ["DELETE", "/sinks/a"],
  ] as const) {
    const { status, text } = await send(started, described, { method, url, body: large, type: "application/json" });
    assert.equal(status, 413, `${method} ${url}`);
    assert.equal((JSON.parse(text) as { code: string }).code, "error");
    const form = await send(started, described, {
      method,
      url,
      body: "a=b",
      type: "application/x-www-form-urlencoded",
    });
    assert.equal(form.status, 415);
  }
  assert.equal(started.runtime.connectors().length, 1, "nothing was done");
});

/** What the API answers to a request as it is written here. */
async function rawStatus(address: string, lines: readonly string[], body = ""): Promise<number> {
  const socket = connect(Number(address.split(":").at(-1)), "127.0.0.1");
  socket.setEncoding("utf8");
  socket.write(`${[...lines, `content-length: ${body.length}`, "connection: close"].join("\r\n")}\r\n\r\n${body}`);
  let text = "";
  for await (const piece of socket) text += piece;
  return Number(/^HTTP\/1\.1 (\d{3}) /.exec(text)?.[1]);
}

test("a web page changes and reads nothing, by whatever name and form it asks", async () => {
  const config = { ...OPTIONS.config, http: { ...OPTIONS.config.http, metrics: { enabled: true } } };
  await using started = await startScripted((folder) => ({ "a.toml": scriptedSink(folder, "a", "run") }), { config });
  const address = started.runtime.address!;
  const host = `host: ${address}`;
  const stop = "POST /sinks/a/stop HTTP/1.1";
  const table: readonly (readonly [number, readonly string[], string?])[] = [
    // A page on another site, which needs no preflight for these requests.
    [403, [stop, host, "origin: https://evil.example", "sec-fetch-site: cross-site", "sec-fetch-mode: no-cors"]],
    [403, [stop, host, "origin: null"]],
    [403, [stop, host, "origin: http://localhost:3000", "sec-fetch-site: same-site"]],
    [415, [stop, host, "content-type: text/plain"], "{}"],
    [415, [stop, host, "content-type: text/plain"]],
    [415, [stop, host, "content-type: application/x-www-form-urlencoded"], "a=b"],
    [415, [stop, host, "content-type: multipart/form-data; boundary=application/json"], "{}"],
    [415, [stop, host, "content-type: text/plain; application/json"], "{}"],
    // A page whose own name points at this machine.
    ...["/", "/docs", "/openapi.json", "/metrics", "/sinks", "/sinks/a/tap", "/events", "/health", "/nothing"].map(
      (path): readonly [number, readonly string[]] => [403, [`GET ${path} HTTP/1.1`, "host: evil.example"]],
    ),
    [403, [stop, "host: evil.example", "origin: http://evil.example", "sec-fetch-site: same-origin"]],
    [403, ["GET http://evil.example/sinks HTTP/1.1", host]],
    [403, [stop, "host: evil.example", `x-forwarded-host: ${address}`]],
    [403, ["OPTIONS /sinks/a/stop HTTP/1.1", "host: evil.example", "access-control-request-method: POST"]],
    // A method in a header is not a method.
    [405, ["POST /sinks/a HTTP/1.1", host, "x-http-method-override: DELETE"]],
    [200, ["GET /sinks/a HTTP/1.1", host, "x-http-method-override: DELETE"]],
    [200, [`GET http://${address}/sinks/a HTTP/1.1`, host]],
    [200, ["GET /sinks/a HTTP/1.1", "host: localhost.:1"]],
    [204, ["POST /sinks/a/pause HTTP/1.1", host, `origin: http://${address}`, "sec-fetch-site: same-origin"]],
  ];
  for (const [expected, lines, body] of table) {
    assert.equal(await rawStatus(address, lines, body), expected, lines.join(", "));
    if (expected !== 204) assert.equal(started.runtime.connectors()[0]?.desired, "running", lines.join(", "));
  }
});

test("a body that is nested too deeply is refused with 400, whatever it is sent to", async () => {
  await using started = await start();
  const described = new DescribedApi(await started.get("/openapi.json"));
  const nest = (open: string, close: string) => `${open.repeat(3000)}1${close.repeat(3000)}`;
  for (const deep of [nest("[", "]"), nest('{"a":', "}")]) {
    for (const [method, url, body] of [
      ["PUT", "/sinks/a", `{"enabled":true,"name":"N","path":"./plugin.ts","plugin_config":${deep}}`],
      ["PUT", "/sinks/a?dry_run=true", deep],
      ["POST", "/sinks/validate", `{"transforms":${deep}}`],
      ["POST", "/sinks/a/configs", deep],
      ["PUT", "/sinks/a/configs/active", `{"version":${deep}}`],
      ["PUT", "/sources/a/checkpoint", deep],
      ["POST", "/sinks/a/offsets/reset", `{"to":${deep}}`],
      ["POST", "/sinks/a/dead_letters/replay", `{"filter":${deep}}`],
    ] as const) {
      const { status, text } = await send(started, described, { method, url, body, type: "application/json" });
      assert.equal(status, 400, `${method} ${url}: ${text}`);
      assert.match(text, /64 levels/);
    }
  }
});

test("HEAD responds like GET without a body, also for streams; other methods get a list of the allowed ones", async () => {
  await using started = await start();
  const described = new DescribedApi(await started.get("/openapi.json"));
  for (const url of ["/", "/sinks", "/sinks/a", "/docs", "/events", "/sinks/a/tap"]) {
    const { status, text, headers } = await send(started, described, { method: "HEAD", url });
    assert.deepEqual([status, text], [200, ""], url);
    assert.equal(headers.get("x-content-type-options"), "nosniff");
    assert.equal(headers.get("cache-control"), "no-store");
  }
  for (const method of ["OPTIONS", "PATCH"]) {
    const { status, headers } = await send(started, described, { method, url: "/sinks/a" });
    assert.equal(status, 405);
    assert.equal(headers.get("allow"), "GET, HEAD, PUT, DELETE");
  }
});

test("a request that is never completed is aborted", async () => {
  const timeouts = { headers: 50, request: 100, response: 100, check: 10 };
  const listener = await ApiListener.bind("127.0.0.1:0", { timeouts });
  listener.serve(async () => (request, response) => request.resume().once("end", () => response.end("ok")));
  const port = Number(listener.address.split(":")[1]);
  for (const beginning of [
    "GET / HTTP/1.1\r\nhost: a\r\n",
    "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\n1",
  ]) {
    const socket = connect(port, "127.0.0.1");
    socket.write(beginning);
    let text = "";
    socket.on("data", (piece) => {
      text += piece.toString();
    });
    await once(socket, "close");
    assert.match(text, /^HTTP\/1\.1 408 /);
  }
  await listener.close();
});
