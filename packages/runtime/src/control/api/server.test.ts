import assert from "node:assert/strict";
import { createServer } from "node:http";
import { get } from "node:https";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import type { Logger } from "@iggy-connectors/sdk";
import { Authority, DescribedApi } from "@iggy-connectors/test-support";
import { temporaryFolder } from "@iggy-connectors/testing";
import type { InjectOptions } from "fastify";
import { connectorSnapshot } from "../../../test/connector-snapshot.ts";
import { validDefinition } from "../../../test/valid-definition.ts";
import { sinkFileSchema, sourceFileSchema } from "../config/connector-files/schema.ts";
import { type RuntimeConfigInput, runtimeFileSchema } from "../config/runtime-file/schema.ts";
import type { ConnectorSnapshot } from "../supervisor/connectors/snapshot.ts";
import { NO_TOTALS } from "../supervisor/run/totals.ts";
import { RUNTIME_VERSION } from "../version.ts";
import { ApiListener } from "./listener.ts";
import { createApi } from "./server.ts";

const SINCE = Date.UTC(2026, 0, 31, 12);

const common = { enabled: true, version: 0, name: "N", path: "p" };

const sink = connectorSnapshot({
  key: "stdout",
  id: 3,
  since: SINCE,
  state: "retrying",
  status: "error",
  lastError: { code: "IGC_SINK_AWAY", message: "away", timestamp: 1_763_712_345_678_901, fix: "wait" },
  retry: { attempts: 2, since: SINCE, nextAttemptAt: SINCE + 1000 },
  lag: 4,
  lastSuccessAt: SINCE - 1000,
  delivery: { guarantee: "at-least-once", reason: "the store ignores conditions" },
  counters: { ...NO_TOTALS.counters, consumed: 9, processed: 8, filtered: 1, errors: 2 },
  partitions: [
    {
      stream: "s",
      topic: "t",
      partition: 0,
      storedOffset: "17",
      endOffset: undefined,
      lag: 4,
      oldestOpenAt: undefined,
      inFlight: 1,
      state: "retrying",
    },
  ],
  tasks: [
    {
      task: 0,
      state: "retrying",
      since: SINCE,
      lastError: undefined,
      messagesInFlight: 1,
      bytesInFlight: 2,
      heapBytes: 0,
      eventLoopUtilization: 0,
      placement: "shared",
      placementReason: "as configured",
      quarantine: undefined,
      restarts: 0,
    },
  ],
  plugin: {
    name: "stdout",
    version: "1.2.3",
    description: "",
    delivery: "at-least-once",
    schemas: ["json"],
    configSchema: {},
    effectiveDelivery: "at-least-once",
  },
  connector: validDefinition(
    sinkFileSchema.parse({
      type: "sink",
      key: "stdout",
      ...common,
      plugin_config_format: "toml",
      streams: [{ stream: "s", topics: ["t"], schema: "json", consumer_group: "g" }],
    }),
  ),
});
const source = connectorSnapshot({
  type: "source",
  key: "a/b ü",
  name: "Random",
  id: 4,
  since: SINCE,
  counters: { ...NO_TOTALS.counters, produced: 5, sent: 5 },
  connector: validDefinition(
    sourceFileSchema.parse({
      type: "source",
      key: "a/b ü",
      ...common,
      streams: [{ stream: "s", topic: "t", schema: "json", linger_time: "1m 30s" }],
    }),
  ),
});

/** An API whose responses are checked against its own description. */
async function api(http: RuntimeConfigInput["http"] = {}, connectors: readonly ConnectorSnapshot[] = [source, sink]) {
  const app = await createApi({
    config: runtimeFileSchema.parse({ http }).http,
    startedAt: Date.now(),
    subject: {
      overview: () => ({ connectors, configured: { source: 1, sink: 2 } }),
      connector: (type, key) => connectors.find((one) => one.type === type && one.key === key),
      errors: () => [
        { severity: "error", code: "IGC_CONFIG_INVALID", file: "x.toml", line: 3, key: "type", message: "is missing" },
      ],
    },
  });
  const description = new DescribedApi((await app.inject("/openapi.json")).json());
  return {
    async inject(asked: string | InjectOptions) {
      const options = typeof asked === "string" ? { url: asked } : asked;
      const reply = await app.inject(options);
      const { method = "GET", url } = options;
      const { statusCode: status, body } = reply;
      const contentType = reply.headers["content-type"]?.toString();
      if (method !== "OPTIONS") description.check({ method, url: String(url), status, contentType, body });
      return reply;
    },
    routing: app.routing,
    close: () => app.close(),
  };
}

const INFO = {
  id: 3,
  key: "stdout",
  name: "Stdout sink",
  path: "/plugins/stdout.ts",
  enabled: true,
  status: "error",
  last_error: { message: "away", timestamp: 1_763_712_345_678_901, code: "IGC_SINK_AWAY", fix: "wait" },
  plugin_config_format: "toml",
  state: "retrying",
  since: "2026-01-31T12:00:00.000Z",
  version: 0,
  desired: "running",
  retry: { attempts: 2, since: "2026-01-31T12:00:00.000Z", next_attempt_at: "2026-01-31T12:00:01.000Z" },
  lag: 4,
  rate: null,
  dead_lettered: 0,
  last_success: "2026-01-31T11:59:59.000Z",
  counting_since: "2026-01-01T00:00:00.000Z",
  tasks: [
    {
      task: 0,
      state: "retrying",
      since: "2026-01-31T12:00:00.000Z",
      messages_in_flight: 1,
      bytes_in_flight: 2,
      placement: "shared",
      placement_reason: "as configured",
      restarts: 0,
    },
  ],
};
const PARTITIONS = [
  {
    stream: "s",
    topic: "t",
    partition: 0,
    stored_offset: "17",
    end_offset: null,
    lag: 4,
    in_flight: 1,
    state: "retrying",
  },
];

test("the public paths respond as in the original", async () => {
  const app = await api({ api_key: "k" });
  const root = await app.inject("/");
  assert.equal(root.statusCode, 200);
  assert.equal(root.body, "Connector Runtime API");
  assert.deepEqual((await app.inject("/health")).json(), { status: "healthy" });
});

test("connectors have the original's fields, and ours", async () => {
  const app = await api();
  assert.deepEqual((await app.inject("/sinks")).json(), [INFO]);
  assert.deepEqual((await app.inject("/sinks/stdout")).json(), {
    ...INFO,
    streams: [
      {
        stream: "s",
        topics: ["t"],
        schema: "json",
        avro_schema_json: null,
        avro_schema_path: null,
        batch_length: 1000,
        poll_interval: "5ms",
        consumer_group: "g",
      },
    ],
    partitions: PARTITIONS,
  });
  const [info] = (await app.inject("/sources")).json();
  assert.equal(info.status, "running");
  assert.ok(!("last_error" in info) && !("plugin_config_format" in info) && !("retry" in info));
});

test("a key is percent-encoded", async () => {
  const app = await api();
  const details = (await app.inject(`/sources/${encodeURIComponent("a/b ü")}`)).json();
  assert.equal(details.key, "a/b ü");
  assert.deepEqual(details.streams, [
    {
      stream: "s",
      topic: "t",
      schema: "json",
      avro_schema_json: null,
      avro_schema_path: null,
      batch_length: 1000,
      linger_time: "1m 30s",
    },
  ]);
  const long = await app.inject(`/sources/${"x".repeat(300)}`);
  assert.equal(long.json().code, "source_not_found");
});

test("the status has partitions, last success, delivery guarantee and counters", async () => {
  const app = await api();
  const status = (await app.inject("/sinks/stdout/status")).json();
  assert.deepEqual(status.partitions, PARTITIONS);
  assert.equal(status.last_success, "2026-01-31T11:59:59.000Z");
  assert.equal(status.delivery, "at-least-once");
  assert.equal(status.delivery_reason, "the store ignores conditions");
  assert.equal(status.counters.consumed, 9);
  assert.equal((await app.inject("/sources/x/status")).statusCode, 404);
});

test("files that could not be loaded are listed", async () => {
  const app = await api();
  assert.deepEqual((await app.inject("/errors")).json(), [
    { code: "IGC_CONFIG_INVALID", file: "x.toml", line: 3, key: "type", message: "is missing", fix: null },
  ]);
});

test("an unknown connector is the original's 404, an unknown path an empty 404, a wrong method an empty 405", async () => {
  const app = await api();
  const missing = await app.inject("/sinks/nobody");
  assert.equal(missing.statusCode, 404);
  assert.deepEqual(missing.json(), { code: "sink_not_found", reason: "Sink with key: nobody not found." });
  const unknown = await app.inject("/nothing/here");
  assert.equal(unknown.statusCode, 404);
  assert.equal(unknown.body, "");
  const method = await app.inject({ method: "DELETE", url: "/sinks/stdout" });
  assert.equal(method.statusCode, 405);
  assert.equal(method.body, "");
  assert.equal(method.headers.allow, "GET, HEAD");
  assert.equal((await app.inject({ method: "POST", url: "/metrics", payload: "{", headers: {} })).statusCode, 404);
});

test("statistics have the original's fields", async () => {
  const app = await api();
  const stats = (await app.inject("/stats")).json();
  assert.equal(stats.connectors_runtime_version, RUNTIME_VERSION);
  assert.equal(stats.process_id, process.pid);
  for (const field of ["cpu_usage", "total_cpu_usage", "memory_usage", "total_memory", "available_memory"]) {
    assert.equal(typeof stats[field], "number", field);
  }
  assert.ok(stats.memory_usage > 0 && stats.total_memory >= stats.memory_usage);
  assert.ok(Number.isInteger(stats.run_time) && Number.isInteger(stats.start_time));
  assert.deepEqual([stats.sources_total, stats.sources_running, stats.sinks_total, stats.sinks_running], [1, 1, 2, 0]);
  assert.deepEqual(stats.connectors, [
    {
      key: "a/b ü",
      name: "Random",
      connector_type: "source",
      version: "unknown",
      status: "running",
      enabled: true,
      messages_produced: 5,
      messages_sent: 5,
      messages_filtered: 0,
      errors: 0,
    },
    {
      key: "stdout",
      name: "Stdout sink",
      connector_type: "sink",
      version: "1.2.3",
      version_semver: 1_002_003,
      status: "error",
      enabled: true,
      messages_consumed: 9,
      messages_processed: 8,
      messages_filtered: 1,
      errors: 2,
    },
  ]);
});

test("metrics are served at the configured endpoint if they are enabled", async () => {
  assert.equal((await (await api()).inject("/metrics")).statusCode, 404);
  const app = await api({ metrics: { enabled: true, endpoint: "/my/metrics" } });
  const reply = await app.inject("/my/metrics");
  assert.equal(reply.headers["content-type"], "text/plain; charset=utf-8");
  assert.match(reply.body, /iggy_connectors_sinks_total 2\n[\s\S]*# EOF\n$/);
});

test("with a key configured, every path that is not public requires it", async () => {
  const app = await api({ api_key: "test-api-key", metrics: { enabled: true } });
  for (const url of ["/stats", "/metrics", "/sources", "/sinks", "/sinks/stdout", "/errors", "/nothing"]) {
    for (const headers of [{}, { "api-key": "wrong" }, { "api-key": "test-api-key2" }, { "api-key": "" }]) {
      const reply = await app.inject({ url, headers });
      assert.equal(reply.statusCode, 401, url);
      assert.equal(reply.body, "");
    }
  }
  assert.equal((await app.inject({ url: "/stats", headers: { "api-key": "test-api-key" } })).statusCode, 200);
  assert.equal((await app.inject("/stats?api-key=test-api-key")).statusCode, 401);
  assert.equal((await (await api()).inject({ url: "/stats", headers: { "api-key": "any" } })).statusCode, 200);
});

test("CORS: preflights need no key; any origin or those of the list are allowed", async () => {
  const cors = {
    enabled: true,
    allowed_origins: ["http://a"],
    exposed_headers: ["x-a", ""],
    allow_private_network: true,
  };
  const app = await api({ api_key: "k", cors });
  const preflight = await app.inject({
    method: "OPTIONS",
    url: "/sinks",
    headers: {
      origin: "http://a",
      "access-control-request-method": "GET",
      "access-control-request-private-network": "true",
    },
  });
  assert.equal(preflight.statusCode, 200);
  assert.equal(preflight.headers["access-control-allow-origin"], "http://a");
  assert.equal(preflight.headers["access-control-allow-methods"], "GET,POST,PUT,DELETE");
  assert.equal(preflight.headers["access-control-allow-headers"], "content-type");
  assert.equal(preflight.headers["access-control-allow-private-network"], "true");
  const reply = await app.inject({ url: "/health", headers: { origin: "http://a" } });
  assert.equal(reply.headers["access-control-allow-origin"], "http://a");
  assert.equal(reply.headers["access-control-expose-headers"], "x-a");
  const other = await app.inject({ url: "/health", headers: { origin: "http://b" } });
  assert.equal(other.headers["access-control-allow-origin"], undefined);
  const any = await (await api({ cors: { enabled: true } })).inject({ url: "/", headers: { origin: "http://b" } });
  assert.equal(any.headers["access-control-allow-origin"], "*");
  const off = await (await api()).inject({ url: "/", headers: { origin: "http://b" } });
  assert.equal(off.headers["access-control-allow-origin"], undefined);
});

test("an error that nobody foresaw is logged with its cause, which the response does not reveal", async () => {
  const logged: unknown[] = [];
  const log = { error: (message: string, fields: object) => logged.push({ message, ...fields }) } as unknown as Logger;
  const app = await createApi({
    config: runtimeFileSchema.parse({}).http,
    startedAt: Date.now(),
    log,
    subject: {
      overview: () => {
        throw new Error("unforeseen");
      },
      connector: () => undefined,
      errors: () => [],
    },
  });
  const reply = await app.inject("/sinks?x=secret");
  assert.equal(reply.statusCode, 500);
  assert.doesNotMatch(reply.body, /unforeseen/);
  assert.equal(logged.length, 1);
  const { method, path, error } = logged[0] as Record<string, string>;
  assert.deepEqual([method, path], ["GET", "/sinks"]);
  assert.match(error!, /unforeseen\n\s+at /);
  await app.close();
});

test("the first request makes the API, also one that arrives before that is possible; a failure is not final", async () => {
  const listener = await ApiListener.bind("127.0.0.1:0");
  const early = fetch(`http://${listener.address}/health`);
  const app = await api();
  let made = 0;
  listener.serve(async () => {
    made += 1;
    if (made === 1) throw new Error("not this time");
    return (request, response) => app.routing(request, response);
  });
  await assert.rejects(early);
  const reply = fetch(`http://${listener.address}/health`);
  assert.deepEqual(await (await reply).json(), { status: "healthy" });
  const missing = await fetch(`http://${listener.address}/sinks/%E0%A4%A`);
  assert.equal(missing.status, 400);
  await missing.body?.cancel();
  assert.equal(made, 2);
  await listener.close();
  await app.close();
  await assert.rejects(fetch(`http://${listener.address}/health`));
});

test("a port in use is a clear error, unless a free port may be used", async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const { port } = other.address() as AddressInfo;
  try {
    await assert.rejects(ApiListener.bind(`127.0.0.1:${port}`), (error: Error & { code: string; fix: string }) => {
      assert.equal(error.code, "IGC_HTTP_PORT_IN_USE");
      assert.match(error.message, new RegExp(`127\\.0\\.0\\.1:${port}`));
      return error.fix.includes("IGGY_CONNECTORS_HTTP_ADDRESS");
    });
    const listener = await ApiListener.bind(`127.0.0.1:${port}`, { otherwiseFree: true });
    assert.notEqual(listener.address, `127.0.0.1:${port}`);
    await listener.close();
  } finally {
    other.close();
  }
  await assert.rejects(ApiListener.bind("192.0.2.1:1"), { code: "IGC_HTTP_BIND" });
});

test("with a certificate the API is served over HTTPS; an unusable certificate is a clear error", async () => {
  await using folder = await temporaryFolder();
  const authority = await Authority.create("Test CA", folder.path);
  const certificate = await authority.issue("localhost");
  const listener = await ApiListener.bind("127.0.0.1:0", { certificate });
  listener.serve(async () => (_request, response) => response.end("secure"));
  const port = Number(listener.address.split(":")[1]);
  const text = await new Promise<string>((resolve, reject) => {
    const options = { host: "127.0.0.1", port, servername: "localhost", ca: authority.certificate.cert };
    get(options, async (response) => resolve(Buffer.concat(await response.toArray()).toString())).on("error", reject);
  });
  assert.equal(text, "secure");
  await listener.close();
  await assert.rejects(ApiListener.bind("127.0.0.1:0", { certificate: { cert: "x", key: "y" } }), {
    code: "IGC_HTTP_CERTIFICATE",
  });
});
