import assert from "node:assert/strict";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, test } from "node:test";
import { fileURLToPath } from "node:url";
import { AllowedModules } from "../../../plugins/allowed-modules.ts";
import { PluginCatalog } from "../../../plugins/catalog.ts";
import { runtimeFileSchema } from "../../runtime-file/schema.ts";
import { VersionNotFoundError } from "../provider.ts";
import { HttpProvider } from "./http-provider.ts";

const FOLDER = fileURLToPath(new URL(".", import.meta.url));
const RANDOM = (version: number) => ({
  key: "random",
  enabled: true,
  version,
  name: "Random source",
  path: "libiggy_connector_random_source",
  transforms: { add_fields: { enabled: true, fields: [{ key: "k", value: { static: "v" } }] } },
  streams: [{ stream: "test_stream", topic: "test_topic", schema: "json", batch_length: 50, linger_time: "5ms" }],
  plugin_config_format: "json",
  plugin_config: { interval: "100ms" },
  verbose: false,
  benchmark: false,
});
const STDOUT = {
  key: "other",
  enabled: true,
  version: 3,
  name: "Stdout sink",
  path: "stdout",
  transforms: null,
  streams: [{ stream: "s", topics: ["t"], schema: "json", poll_interval: null }],
  plugin_config_format: null,
  plugin_config: null,
};
const ACTIVE = { sinks: { stdout: STDOUT }, sources: { random: RANDOM(1) } };

interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}
interface Reply {
  readonly status?: number;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

const open: (() => void)[] = [];
afterEach(() => {
  for (const close of open.splice(0)) close();
});

/** A configuration service, and a provider that asks it; retries wait no time. */
async function service(answer: (request: Received, count: number) => Reply, connectors: object = {}) {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const one = { method: request.method ?? "", url: request.url ?? "", headers: request.headers, body };
    received.push(one);
    const reply = answer(one, received.length);
    response.writeHead(reply.status ?? 200, reply.headers);
    response.end(typeof reply.body === "string" ? reply.body : JSON.stringify(reply.body ?? null));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const base_url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api`;
  const { connectors: settings } = runtimeFileSchema.parse({
    connectors: { config_type: "http", base_url, retry: { initial_backoff: "0", max_backoff: "0" }, ...connectors },
  });
  const ended = new AbortController();
  open.push(() => {
    ended.abort();
    server.close();
    server.closeAllConnections();
  });
  const provider = new HttpProvider({
    settings: { ...settings, base_url },
    environment: { TOKEN: "from-env" },
    workingDirectory: "/",
    strict: false,
    secret: () => {},
    pollInterval: 0,
    ended: ended.signal,
    modules: new AllowedModules({
      catalog: new PluginCatalog({ configDirectory: FOLDER, workingDirectory: FOLDER }, {}),
      allowedPaths: settings.allowed_paths,
      configDirectory: FOLDER,
      workingDirectory: FOLDER,
    }),
  });
  return { provider, received };
}

test("the remote store names code only of installed connectors and of what is allowed", async () => {
  const script = [{ type: "script", path: fileURLToPath(import.meta.url) }];
  const configs = {
    ok: STDOUT,
    module: { ...STDOUT, path: fileURLToPath(import.meta.url) },
    package: { ...STDOUT, path: "zod" },
    script: { ...STDOUT, transforms: script },
  };
  const body = { sinks: Object.fromEntries(Object.entries(configs).map(([key, one]) => [key, { ...one, key }])) };
  const { provider } = await service(() => ({ body }));
  const set = await provider.load();
  assert.deepEqual(
    set.connectors.map(({ key }) => key),
    ["ok"],
  );
  assert.deepEqual(
    set.broken.map(({ key, errors }) => [key, ...errors.map(({ code }) => code)]),
    ["module", "package", "script"].map((key) => [key, "IGC_CONFIG_PATH_NOT_ALLOWED"]),
  );
  const allowed = await service(() => ({ body }), { allowed_paths: [FOLDER] });
  assert.deepEqual(
    (await allowed.provider.load()).broken.map(({ key }) => key),
    ["package"],
  );
});

test("a configuration that cannot be used is the error of its connector, and the others run", async () => {
  const deep = `${"[".repeat(3000)}${"]".repeat(3000)}`;
  const big = "9007199254740993";
  const one = JSON.stringify({ ...STDOUT, plugin_config: { a: 1 } });
  const { provider } = await service(() => ({
    body: `{"sinks":{"ok":${one.replace('"a":1', `"a":${big}`)},"deep":${one.replace('"a":1', `"a":${deep}`)},"list":[1],"text":"x","none":null}}`,
  }));
  const set = await provider.load();
  assert.deepEqual(
    set.connectors.map(({ key, config }) => [key, config.plugin_config]),
    [["ok", { a: 9007199254740993n }]],
  );
  assert.deepEqual(set.broken.map(({ key }) => key).sort(), ["deep", "list", "none", "text"]);
  assert.match(set.broken.find(({ key }) => key === "deep")?.errors[0]?.message ?? "", /64 levels/);
});

test("the active configurations run; the key of the map names the connector", async () => {
  const { provider, received } = await service(() => ({ body: ACTIVE }));
  const set = await provider.load();
  assert.deepEqual(set.errors, []);
  assert.deepEqual(
    set.connectors.map(({ type, key, version }) => [type, key, version]),
    [
      ["sink", "stdout", 3],
      ["source", "random", 1],
    ],
  );
  assert.equal(received[0]?.url, "/api/configs/active");
});

test("an answer may be wrapped, and may report an error", async () => {
  const response = { response: { data_path: "data.0", error_path: "error.message" } };
  const wrapped = await service(() => ({ body: { data: [ACTIVE], error: null } }), response);
  assert.equal((await wrapped.provider.load()).connectors.length, 2);
  const failing = await service(() => ({ body: { error: { message: "no database" } } }), response);
  await assert.rejects(failing.provider.load(), /no database/);
  const missing = await service(() => ({ body: { a: 1, b: 2 } }), response);
  await assert.rejects(missing.provider.load(), /nothing at "data.0", but the keys a, b/);
  const quiet = await service(() => ({ body: { error: { message: "locked" } } }), response);
  await assert.rejects((await quiet.provider.open({ type: "sink", key: "a" })).activate(1), /locked/);
});

test("one configuration that cannot be used does not stop the others", async () => {
  const { provider } = await service(() => ({ body: { sinks: { stdout: STDOUT, bad: { ...STDOUT, streams: 5 } } } }));
  const set = await provider.load();
  assert.deepEqual(
    set.connectors.map(({ key }) => key),
    ["stdout"],
  );
  assert.deepEqual(
    set.broken.map(({ key }) => key),
    ["bad"],
  );
  assert.equal(set.errors[0]?.key, "streams");
});

test("keys are encoded, templates and headers are the configured ones", async () => {
  const { provider, received } = await service(() => ({ body: RANDOM(2) }), {
    request_headers: { authorization: "Bearer x" },
    url_templates: { get_source_config: "/q?action=get&key={key}&version={version}" },
  });
  const found = await (await provider.open({ type: "source", key: "a/b&c" })).get(2);
  assert.equal(found?.version, 2);
  assert.equal(found?.key, "a/b&c");
  assert.equal(received[0]?.url, "/api/q?action=get&key=a%2Fb%26c&version=2");
  assert.equal(received[0]?.headers.authorization, "Bearer x");
});

test("versions, activation and deletion are left to the remote store", async () => {
  const { provider, received } = await service(({ method, url }) => {
    if (url.endsWith("/configs/9") || url.includes("version=9")) return { status: 404, body: "no" };
    if (method === "GET") return { body: url.endsWith("active") ? RANDOM(1) : [RANDOM(0), RANDOM(1)] };
    return method === "POST" ? { body: RANDOM(2) } : { status: 204 };
  });
  const versions = await provider.open({ type: "source", key: "random" });
  assert.deepEqual(
    (await versions.list()).map(({ version }) => version),
    [0, 1],
  );
  assert.equal((await versions.active())?.version, 1);
  assert.equal(await versions.get(9), undefined);
  const { key: _key, version: _version, ...body } = RANDOM(7);
  assert.equal((await versions.create(body)).version, 2);
  assert.deepEqual(JSON.parse(received.at(-1)?.body ?? ""), { ...body, key: "random" });
  await versions.activate(1);
  assert.equal(received.at(-1)?.body, '{"version":1}');
  await versions.remove(1);
  assert.equal(received.at(-1)?.url, "/api/sources/random/configs?version=1");
  await versions.remove(undefined);
  assert.equal(received.at(-1)?.url, "/api/sources/random/configs");
  await assert.rejects(versions.remove(9), VersionNotFoundError);
});

test("temporary failures are retried, permanent ones are not", async () => {
  const flaky = await service((_request, count) => (count < 3 ? { status: 503, body: "busy" } : { body: ACTIVE }));
  await flaky.provider.load();
  assert.equal(flaky.received.length, 3);
  const down = await service(() => ({ status: 500, body: "broken" }));
  await assert.rejects(down.provider.load(), /answered 500: broken/);
  assert.equal(down.received.length, 4, "one request and three repetitions");
  const refused = await service(() => ({ status: 403, body: "who are you" }));
  await assert.rejects(refused.provider.load(), /answered 403: who are you/);
  assert.equal(refused.received.length, 1);
  const moved = await service(() => ({ status: 302, headers: { location: "http://127.0.0.1:1/" } }));
  await assert.rejects(moved.provider.load(), /answered 302/);
  const off = await service(() => ({ status: 500 }), { retry: { enabled: false } });
  await assert.rejects(off.provider.load());
  assert.equal(off.received.length, 1);
});

test("a repeated creation has the same idempotency key", async () => {
  const { provider, received } = await service((_request, count) =>
    count === 1 ? { status: 502 } : { body: RANDOM(0) },
  );
  await (await provider.open({ type: "source", key: "random" })).create({});
  const keys = received.map(({ headers }) => headers["idempotency-key"]);
  assert.equal(keys.length, 2);
  assert.ok(keys[0] !== undefined && keys[0] === keys[1]);
});

test("an unchanged answer is not read again", async () => {
  const { provider, received } = await service(({ headers }) =>
    headers["if-none-match"] === '"1"' ? { status: 304 } : { body: ACTIVE, headers: { etag: '"1"' } },
  );
  const first = await provider.load();
  assert.equal(await provider.load(), first);
  assert.equal(received.length, 2);
});

test("a request has a time limit, also with a timeout of 0", async (t) => {
  for (const [timeout, limit] of [
    ["0", 300_000],
    ["20s", 20_000],
  ] as const) {
    const limited = new AbortController();
    const set = t.mock.method(AbortSignal, "timeout", () => limited.signal);
    const { provider } = await service(
      () => {
        limited.abort(new DOMException("late", "TimeoutError"));
        return { body: ACTIVE };
      },
      { timeout, retry: { enabled: false } },
    );
    await assert.rejects(provider.load(), /no answer in time \(connectors\.timeout\)/);
    assert.deepEqual(set.mock.calls[0]?.arguments, [limit]);
    set.mock.restore();
  }
});

test("a timeout, invalid JSON and a refused connection are clear errors", async () => {
  const text = await service(() => ({ body: "<html>" }));
  await assert.rejects(text.provider.load(), /is not JSON/);
  const list = await service(() => ({ body: [1] }));
  await assert.rejects(list.provider.load(), /expected the active configurations as an object/);
  const gone = await service(() => ({ body: ACTIVE }));
  for (const close of open.splice(0)) close();
  await assert.rejects(gone.provider.load(), { code: "IGC_CONFIG_PROVIDER" });
});

// biome-ignore lint/suspicious/noTemplateCurlyInString: a placeholder of the configuration
const PLACEHOLDER = "${TOKEN}";

test("placeholders are replaced; environment variables override only files", async () => {
  const { provider } = await service(() => ({
    body: { sinks: { stdout: { ...STDOUT, plugin_config: { token: PLACEHOLDER } } } },
  }));
  const [sink] = (await provider.load()).connectors;
  assert.deepEqual(sink?.config.plugin_config, { token: "from-env" });
  assert.deepEqual(sink?.document.written.plugin_config, { token: PLACEHOLDER });
});
