import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdir, rename, unlink, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { eventually } from "@iggy-connectors/testing";
import { type ScriptedRuntime, scriptedSink, startScripted } from "../../../../test/scripted-runtime.ts";
import type { ConnectorSnapshot } from "../connectors/snapshot.ts";

const one = ({ runtime }: ScriptedRuntime, key: string): ConnectorSnapshot | undefined =>
  runtime.connectors().find((each) => each.key === key);

/** Waits until a connector is as `expected` says. */
const becomes = (started: ScriptedRuntime, key: string, expected: Partial<ConnectorSnapshot>) =>
  eventually(
    () => {
      const snapshot = one(started, key);
      return (
        snapshot !== undefined &&
        Object.entries(expected).every(([name, value]) => snapshot[name as keyof ConnectorSnapshot] === value)
      );
    },
    { what: `${key} ${JSON.stringify(expected)}` },
  );

const write = ({ folder }: ScriptedRuntime, name: string, text: string) =>
  writeFile(join(folder, "connectors", name), text);

/** How often a worker of it was started. */
const lives = ({ folder }: ScriptedRuntime, key: string) => readFileSync(join(folder, `${key}.journal`)).length;

const two = (folder: string) => ({
  "a.toml": scriptedSink(folder, "a", "run"),
  "b.toml": scriptedSink(folder, "b", "run"),
});

async function startTwo(options: Parameters<typeof startScripted>[1] = {}): Promise<ScriptedRuntime> {
  const started = await startScripted(two, options);
  await becomes(started, "a", { state: "running" });
  await becomes(started, "b", { state: "running" });
  return started;
}

test("a file that is added, changed or removed starts, replaces or stops its connector alone", async () => {
  await using started = await startTwo();
  const { folder } = started;
  await write(started, "c.toml", scriptedSink(folder, "c", "run"));
  await becomes(started, "c", { state: "running" });
  await write(
    started,
    "a.toml",
    scriptedSink(folder, "a", "run", "tasks = 2").replace('name = "a"', 'name = "Changed"'),
  );
  await becomes(started, "a", { name: "Changed", state: "running" });
  assert.equal(one(started, "a")?.tasks.length, 2);
  await unlink(join(folder, "connectors", "c.toml"));
  await eventually(() => one(started, "c") === undefined);
  assert.equal(lives(started, "b"), 1, "the others were not touched");
});

test("counters are kept over a change", async () => {
  await using started = await startTwo();
  const before = one(started, "a")?.counters.consumed ?? 0;
  assert.ok(before > 0);
  await write(started, "a.toml", scriptedSink(started.folder, "a", "run").replace("version = 0", "version = 1"));
  await becomes(started, "a", { version: 1, state: "running" });
  assert.ok((one(started, "a")?.counters.consumed ?? 0) >= before + 10);
});

test("a file that is rewritten without a change restarts nothing", async () => {
  await using started = await startTwo();
  await write(started, "a.toml", `# a comment\n${scriptedSink(started.folder, "a", "run")}`);
  await rename(join(started.folder, "connectors", "b.toml"), join(started.folder, "connectors", "z.toml"));
  await write(started, "marker.toml", scriptedSink(started.folder, "marker", "run"));
  await becomes(started, "marker", { state: "running" });
  assert.equal(lives(started, "a") + lives(started, "b"), 2);
});

test("a connector whose file is damaged keeps running; the error is reported until the file is repaired", async () => {
  await using started = await startTwo();
  await write(started, "a.toml", "type = ");
  const errors = async () => (await started.get("/errors")) as { file: string }[];
  await eventually(async () => (await errors()).length === 1);
  assert.equal(one(started, "a")?.state, "running");
  await write(started, "a.toml", scriptedSink(started.folder, "a", "run"));
  await eventually(async () => (await errors()).length === 0);
  assert.equal(lives(started, "a"), 1);
});

test("a version that cannot be used is rejected: the current one keeps running and gives the reason", async () => {
  await using started = await startTwo();
  await write(started, "a.toml", scriptedSink(started.folder, "a", "run", 'start_timeout = "soon"'));
  await eventually(() => one(started, "a")?.rejected !== undefined);
  assert.match(one(started, "a")?.rejected?.error.message ?? "", /start timeout/);
  assert.equal(one(started, "a")?.state, "running");
  assert.equal(lives(started, "a"), 1);
  const info = ((await started.get("/sinks/a")) as { rejected: { error: { code: string } } }).rejected;
  assert.equal(info.error.code, "IGC_CONFIG_INVALID");
});

test("a version that does not become healthy is replaced by the one before, and not retried by itself", async () => {
  await using started = await startTwo();
  const bad = scriptedSink(started.folder, "bad", "fatal").replace('key = "bad"', 'key = "a"');
  await write(started, "a.toml", bad);
  await eventually(() => one(started, "a")?.rejected !== undefined);
  await becomes(started, "a", { state: "running" });
  assert.equal(one(started, "a")?.name, "a");
  assert.equal(lives(started, "bad"), 1);
  await write(started, "c.toml", scriptedSink(started.folder, "c", "run"));
  await becomes(started, "c", { state: "running" });
  assert.equal(lives(started, "bad"), 1, "another change does not try it again");
  await write(started, "a.toml", scriptedSink(started.folder, "a", "run"));
  await eventually(() => one(started, "a")?.rejected === undefined);
});

test("a version that is not ready in time counts as not healthy", async () => {
  await using started = await startTwo();
  const late = scriptedSink(started.folder, "late", "silent", 'start_timeout = "50ms"');
  await write(started, "a.toml", late.replace('key = "late"', 'key = "a"'));
  await eventually(() => one(started, "a")?.rejected !== undefined);
  assert.equal(one(started, "a")?.rejected?.error.code, "IGC_PLUGIN_START_TIMEOUT");
  await becomes(started, "a", { state: "running" });
});

test("a connector that never worked is not kept in place of a new version", async () => {
  await using started = await startScripted((folder) => ({ "a.toml": scriptedSink(folder, "a", "fatal") }));
  await becomes(started, "a", { state: "failed" });
  await write(started, "a.toml", scriptedSink(started.folder, "a", "run").replace("a.journal", "a2.journal"));
  await becomes(started, "a", { state: "running" });
});

test("a connector is disabled and enabled by its file", async () => {
  await using started = await startTwo();
  const text = scriptedSink(started.folder, "a", "run");
  await write(started, "a.toml", text.replace("enabled = true", "enabled = false"));
  await becomes(started, "a", { state: "stopped", enabled: false });
  assert.equal((await started.ask("POST", "/sinks/a/start")).status, 409);
  await write(started, "a.toml", text);
  await becomes(started, "a", { state: "running", enabled: true });
});

test("a plugin that appears starts the connector that waits for it", async () => {
  await using started = await startScripted((folder) => ({
    "a.toml": scriptedSink(folder, "a", "run").replace("./plugin.ts", "./later.ts"),
  }));
  await becomes(started, "a", { state: "failed" });
  await write(started, "later.ts", "export default {};");
  await becomes(started, "a", { state: "running" });
});

test("with reload = false only the API changes what runs", async () => {
  await using started = await startTwo({ config: { connectors: { reload: false } } });
  await write(started, "c.toml", scriptedSink(started.folder, "c", "run"));
  assert.equal((await started.ask("POST", "/sinks/a/restart")).status, 204);
  assert.equal(one(started, "c"), undefined);
});

test("a folder that is swapped for another one is followed", async () => {
  await using started = await startTwo();
  const text = scriptedSink(started.folder, "a", "run").replace('name = "a"', 'name = "Swapped"');
  // As an orchestrator mounts configuration: the new content appears under its final name at once.
  const staged = join(started.folder, "staged");
  await mkdir(staged);
  await writeFile(join(staged, "a.toml"), text);
  await rename(join(staged, "a.toml"), join(started.folder, "connectors", "a.toml"));
  await becomes(started, "a", { name: "Swapped", state: "running" });
});

/** A configuration service that answers what `active` holds, with an ETag. */
async function service(active: { value: unknown; status?: number; asked: number }): Promise<Server> {
  const server = createServer((request, response) => {
    active.asked++;
    const text = JSON.stringify(active.value);
    const etag = `"${createHash("sha256").update(text).digest("hex")}"`;
    if (active.status !== undefined) response.writeHead(active.status).end();
    else if (request.headers["if-none-match"] === etag) response.writeHead(304).end();
    else response.writeHead(200, { etag }).end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

const remote = (server: Server) => ({
  config: {
    connectors: {
      config_type: "http" as const,
      base_url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      poll_interval: "20ms",
      allowed_paths: ["./plugin.ts"],
      retry: { enabled: false },
    },
  },
});

test("changes of a remote store are applied; while it is unreachable the connectors keep running, and readiness reports it", async () => {
  const config = (life: string, version: number, journal: string) => ({
    enabled: true,
    version,
    name: "A",
    path: "./plugin.ts",
    stop_timeout: "10ms",
    streams: [{ stream: "s", topics: ["t"], schema: "json" }],
    plugin_config: { lives: [life], journal },
  });
  const active: Parameters<typeof service>[0] = { value: {}, status: 503, asked: 0 };
  const server = await service(active);
  try {
    await using started = await startScripted(() => ({}), remote(server));
    const journal = join(started.folder, "a.journal");
    const ready = await started.ask("GET", "/health/ready");
    assert.equal(ready.status, 503);
    assert.ok((ready.body as { reasons: { code: string }[] }).reasons.some(({ code }) => code === "provider"));
    assert.match(JSON.stringify(await started.get("/errors")), /answered 503/);
    active.value = { sinks: { a: config("run", 0, journal) } };
    // Not known is not absent.
    for (const [method, path] of [
      ["GET", "/sinks/a"],
      ["GET", "/sinks/a/configs/0"],
      ["POST", "/sinks/a/restart"],
      ["GET", "/sinks/a/offsets"],
    ] as const) {
      const { status, body } = await started.ask(method, path);
      assert.deepEqual([status, (body as { code: string }).code], [503, "not_loaded"], path);
    }
    delete active.status;
    await becomes(started, "a", { state: "running", version: 0 });
    assert.equal((await started.ask("GET", "/sinks/none")).status, 404);
    assert.deepEqual(await started.get("/errors"), []);
    active.value = { sinks: { a: config("run", 1, journal) } };
    await becomes(started, "a", { state: "running", version: 1 });
    active.status = 500;
    await eventually(async () => ((await started.get("/errors")) as unknown[]).length === 1);
    assert.equal(one(started, "a")?.state, "running");
    delete active.status;
    active.value = {};
    await eventually(() => one(started, "a") === undefined);
  } finally {
    server.close();
    server.closeAllConnections();
  }
});
