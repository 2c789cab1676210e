import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { eventually } from "@iggy-connectors/testing";
import { scriptedSink as connector, startScripted as start } from "../../test/scripted-runtime.ts";
import { ConfigurationError, type LogLine, type Runtime } from "../index.ts";

const stateOf = (runtime: Runtime, key: string): string | undefined =>
  runtime.connectors().find((one) => one.key === key)?.state;

test("one broken connector does not affect the others, and all are visible", async () => {
  await using started = await start((folder) => ({
    "good.toml": connector(folder, "good", "run"),
    "invalid.toml": connector(folder, "invalid", "run").replace('"s"', '"s"\npoll_interval = "not-a-valid-duration"'),
    "missing.toml": connector(folder, "missing", "run").replace("./plugin.ts", "/nowhere/libx"),
    "crashing.toml": connector(folder, "crashing", "die"),
    "fatal.toml": connector(folder, "fatal", "fatal"),
    "syntax.toml": "type = ",
  }));
  const { runtime, get } = started;
  await eventually(() => stateOf(runtime, "good") === "running" && stateOf(runtime, "fatal") === "failed");
  await eventually(() => runtime.connectors().some(({ restarts }) => (restarts.get("exit") ?? 0) > 0));
  const sinks = (await get("/sinks")) as { key: string; status: string; last_error?: { message: string } }[];
  const byKey = new Map(sinks.map((one) => [one.key, one]));
  assert.deepEqual([...byKey.keys()], ["crashing", "fatal", "good", "invalid", "missing"]);
  assert.equal(byKey.get("good")?.status, "running");
  assert.equal(byKey.get("good")?.last_error, undefined);
  assert.equal(byKey.get("invalid")?.status, "error");
  assert.match(byKey.get("invalid")?.last_error?.message ?? "", /poll interval/);
  assert.match(byKey.get("missing")?.last_error?.message ?? "", /Plugin library not found/);
  assert.equal(byKey.get("fatal")?.status, "error");
  assert.deepEqual(await get("/health"), { status: "healthy" });
  const errors = (await get("/errors")) as { file: string }[];
  assert.deepEqual(errors.map(({ file }) => file.replace(/^.*\//, "")).sort(), ["invalid.toml", "syntax.toml"]);
  assert.equal(runtime.problems.length, 2);
});

test("a broken source does not affect the other: both are listed, the broken one with its error", async () => {
  const source = (folder: string, key: string) =>
    connector(folder, key, "run").replace('type = "sink"', 'type = "source"').replace('topics = ["t"]', 'topic = "t"');
  await using started = await start((folder) => ({
    "valid.toml": source(folder, "random_valid"),
    "invalid.toml": source(folder, "random_invalid").replace('"s"', '"s"\nlinger_time = "not-a-valid-duration"'),
    "missing.toml": source(folder, "random_missing_plugin").replace("./plugin.ts", "/nowhere/libx"),
  }));
  await eventually(() => stateOf(started.runtime, "random_valid") === "running");
  const sources = (await started.get("/sources")) as {
    key: string;
    status: string;
    last_error?: { message: string };
  }[];
  const [invalid, missing, valid] = sources;
  assert.deepEqual(
    sources.map(({ key, status }) => [key, status]),
    [
      ["random_invalid", "error"],
      ["random_missing_plugin", "error"],
      ["random_valid", "running"],
    ],
  );
  assert.match(invalid?.last_error?.message ?? "", /linger time/);
  assert.match(missing?.last_error?.message ?? "", /Plugin library not found/);
  assert.equal(valid?.last_error, undefined);
});

test("a stop ends all connectors in parallel, also those that do not react", async () => {
  await using started = await start(
    (folder) =>
      Object.fromEntries(
        ["a", "b", "c"].map((key) => [`${key}.toml`, connector(folder, key, key === "a" ? "run" : "run-deaf")]),
      ),
    { config: { shutdown_timeout: "50ms" } },
  );
  const { runtime, lines } = started;
  await eventually(() => ["a", "b", "c"].every((key) => stateOf(runtime, key) === "running"));
  await Promise.all([runtime.stop(), runtime.stop()]);
  assert.deepEqual(
    runtime.connectors().map(({ state }) => state),
    ["stopped", "stopped", "stopped"],
  );
  assert.equal(lines.filter(({ message }) => /did not stop in time/.test(message)).length, 2);
  await assert.rejects(fetch(`http://${runtime.address}/health`));
});

test("changes of state are events and log lines; unknown plugin keys warn; secrets appear nowhere", async () => {
  const events: string[] = [];
  await using started = await start((folder) => ({ "a.toml": connector(folder, "a", "describe") }), {
    config: { iggy: { password: "hunter22" } },
    env: { MARK: "hunter22 marked-secret" },
    onEvent: (event) => {
      if (event.type === "state") events.push(`${event.connector.key} ${event.from} ${event.to}`);
    },
  });
  await eventually(() => stateOf(started.runtime, "a") === "running");
  assert.deepEqual(events, ["a starting running"]);
  const hello = await eventually(() => started.lines.find(({ message }) => message === "hello"));
  assert.equal(hello.target, "iggy_connectors::sink");
  assert.deepEqual(hello.fields, { connector: "a", environment: "****** ******" });
  const unknown = started.lines.find(({ message }) => message === "unknown key");
  assert.equal(unknown?.fields.key, "plugin_config.unknwn");
});

test("the current configuration is logged without its secrets", async () => {
  await using started = await start(() => ({}), {
    config: { iggy: { password: "pw" }, http: { api_key: "k" }, logging: { level: "debug" } },
  });
  const line = started.lines.find(({ message }) => message === "current configuration");
  const config = line?.fields.config as { iggy: Record<string, unknown>; http: Record<string, unknown> };
  assert.equal(config.iggy.password, "******");
  assert.equal(config.http.api_key, "******");
  assert.equal(config.iggy.username, "iggy");
});

test("an error that contains a secret is shown without it", async () => {
  await using started = await start((folder) => ({ "a.toml": connector(folder, "a", "fatal") }), {
    config: { iggy: { password: "hunter22" } },
  });
  await eventually(() => stateOf(started.runtime, "a") === "failed");
  assert.equal(started.runtime.connectors()[0]?.lastError?.message, "wrong password ******");
  assert.ok(!JSON.stringify(await started.get("/sinks/a")).includes("hunter22"));
});

test("several tasks are several workers of one connector", async () => {
  await using started = await start((folder) => ({ "a.toml": connector(folder, "a", "run", "tasks = 3") }));
  const { runtime } = started;
  await eventually(() => stateOf(runtime, "a") === "running");
  const [snapshot] = runtime.connectors();
  assert.equal(snapshot?.tasks.length, 3);
  assert.equal(snapshot?.counters.consumed, 30);
  assert.equal(snapshot?.messagesInFlight, 9);
});

test("a port in use is found before any connector starts", async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const address = other.address();
  const port = typeof address === "object" ? address?.port : undefined;
  try {
    const lines: LogLine[] = [];
    const files = (folder: string) => ({ "a.toml": connector(folder, "a", "run") });
    const options = { config: { http: { address: `127.0.0.1:${port}` } }, onLog: (line: LogLine) => lines.push(line) };
    await assert.rejects(start(files, options), { code: "IGC_HTTP_PORT_IN_USE" });
    assert.ok(!lines.some(({ message }) => message.includes("sink a")));
    await using started = await start(files, { ...options, freeApiPort: true });
    assert.notEqual(started.runtime.address, `127.0.0.1:${port}`);
  } finally {
    other.close();
  }
});

test("without the API nothing listens", async () => {
  await using started = await start((folder) => ({ "a.toml": connector(folder, "a", "run") }), {
    config: { http: { enabled: false } },
  });
  assert.equal(started.runtime.address, undefined);
  await eventually(() => stateOf(started.runtime, "a") === "running");
});

test("a state folder that cannot be created, and an unreadable connector folder, are clear errors", async () => {
  await assert.rejects(
    start(() => ({}), { config: { state: { path: "connectors/plugin.ts/state" } } }),
    { code: "IGC_STATE_FOLDER" },
  );
  await assert.rejects(
    start(() => ({}), { config: { connectors: { config_dir: "connectors/plugin.ts" } } }),
    (error: unknown) => error instanceof ConfigurationError && error.problems[0]?.code === "IGC_CONFIG_UNREADABLE",
  );
});

/** A plugin that can be inspected; its workers follow their script all the same. */
const PLUGIN = `import { defineSink } from "@iggy-connectors/sdk";
import { z } from "zod";
import { VERSION } from "./lib/version.ts";
export default defineSink({
  name: "scripted", version: VERSION, description: "", schemas: ["json"], delivery: "at-least-once",
  config: z.looseObject({}), create: () => ({ async consume() {} }),
});
`;

test("a changed script, plugin, import or schema restarts its connector, and no other, once it can be used", async () => {
  await using started = await start((folder) => {
    mkdirSync(join(folder, "connectors", "lib"));
    return {
      "a.toml": connector(folder, "a", "run")
        .replace('schema = "json"', 'schema = "avro"\navro_schema_path = "a.avsc"')
        .concat('\n[[transforms]]\ntype = "script"\npath = "./a.ts"\n'),
      "b.toml": connector(folder, "b", "run").replace("./plugin.ts", "./other.ts"),
      "a.ts": "export default (message) => message;",
      "a.avsc": '{"type":"record","name":"R","fields":[]}',
      "plugin.ts": PLUGIN,
      "other.ts": PLUGIN.replace("./lib/version.ts", "./lib/other.ts"),
      "lib/version.ts": 'export const VERSION = "1.0.0";',
      "lib/other.ts": 'export const VERSION = "1.0.0";',
    };
  });
  const { runtime, folder } = started;
  await eventually(() => ["a", "b"].every((key) => stateOf(runtime, key) === "running"));
  const one = (key: string) => runtime.connectors().find((candidate) => candidate.key === key)!;
  const other = one("b").id;
  for (const { file, bad, good, says } of [
    { file: "a.ts", bad: "export default (message) => {", good: "export default () => null;", says: /transforms/ },
    { file: "plugin.ts", bad: `${PLUGIN}\nconst = 1;`, good: `${PLUGIN}\n// changed`, says: /plugin\.ts|a\.toml/ },
    {
      file: "lib/version.ts",
      bad: "export const OTHER = 1;",
      good: 'export const VERSION = "2.0.0";',
      says: /VERSION/,
    },
    {
      file: "a.avsc",
      bad: '{"type":"record"',
      good: '{"type":"record","name":"R","fields":[{"name":"n","type":"int"}]}',
      says: /streams|avro|avsc|JSON/,
    },
  ]) {
    const { id } = one("a");
    await writeFile(join(folder, "connectors", file), bad);
    const { rejected } = await eventually(() => (one("a").rejected === undefined ? undefined : one("a")), {
      what: `that the change of ${file} is rejected`,
    });
    assert.deepEqual([one("a").id, stateOf(runtime, "a")], [id, "running"], "what runs, runs on");
    assert.match(`${rejected?.error.place} ${rejected?.error.message}`, says);
    await writeFile(join(folder, "connectors", file), good);
    await eventually(() => one("a").id !== id && stateOf(runtime, "a") === "running", { what: `${file} in use` });
    assert.equal(one("a").rejected, undefined);
  }
  assert.equal(one("b").id, other);
});
