import assert from "node:assert/strict";
import fs from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { mock, test } from "node:test";
import { eventually } from "@iggy-connectors/testing";
import { type ScriptedRuntime, scriptedSink, startScripted } from "../../../../test/scripted-runtime.ts";
import { DefinitionReader } from "../../config/connector-files/definition-reader.ts";

/** Without the watcher: every reading is one of the operation. */
const WITHOUT_WATCH = { config: { connectors: { reload: false, allowed_paths: ["connectors"] } } };
const OTHERS = 5;

const files = (folder: string): Record<string, string> => ({
  "a.toml": scriptedSink(folder, "a", "run"),
  ...Object.fromEntries(
    Array.from({ length: OTHERS }, (_, index) => [`o${index}.toml`, scriptedSink(folder, `o${index}`, "run")]),
  ),
});

const body = (folder: string, name: string, life = "run"): Record<string, unknown> => ({
  enabled: true,
  name,
  path: "./plugin.ts",
  start_timeout: "5s",
  stop_timeout: "10ms",
  streams: [{ stream: "s", topics: ["t"], schema: "json" }],
  plugin_config: { lives: [life], journal: join(folder, `${name}.journal`) },
});

/** How often one operation lists the folder of the connector files, and validates a definition. */
async function counting(
  { folder }: ScriptedRuntime,
  operation: () => Promise<{ readonly status: number }>,
): Promise<{ readonly status: number; readonly listed: number; readonly validated: number }> {
  const readdir = mock.method(fs, "readdir");
  const finish = mock.method(DefinitionReader.prototype, "finish");
  syncBuiltinESMExports();
  try {
    const { status } = await operation();
    const listed = readdir.mock.calls.filter(({ arguments: [path] }) => path === join(folder, "connectors")).length;
    return { status, listed, validated: finish.mock.callCount() };
  } finally {
    readdir.mock.restore();
    finish.mock.restore();
    syncBuiltinESMExports();
  }
}

const one = (started: ScriptedRuntime, key: string) => started.runtime.connectors().find((each) => each.key === key);
const running = (started: ScriptedRuntime, key: string) =>
  eventually(() => one(started, key)?.state === "running", { what: `${key} running` });

test("each operation reads the folder once, and validates only what is new", async () => {
  await using started = await startScripted(files, WITHOUT_WATCH);
  const { folder, ask } = started;
  await running(started, "a");
  const operations: readonly [method: string, path: string, sent: unknown, status: number, validated: number][] = [
    // What is sent is validated, then the file that it was stored in.
    ["PUT", "/sinks/new", body(folder, "New"), 200, 2],
    ["PUT", "/sinks/new", body(folder, "Other"), 200, 2],
    ["PUT", "/sinks/new", body(folder, "Other"), 200, 1],
    ["PUT", "/sinks/new?dry_run=true", body(folder, "Third"), 200, 1],
    ["PUT", "/sinks/new", body(folder, "Bad", "fatal"), 422, 2],
    ["POST", "/sinks/new/configs", body(folder, "Fourth"), 200, 2],
    ["PUT", "/sinks/new/configs/active", { version: 0 }, 204, 0],
    ["POST", "/sinks/new/restart", undefined, 204, 0],
    ["GET", "/sinks/new/configs", undefined, 200, 0],
    ["GET", "/sinks/new/configs/1", undefined, 200, 0],
    ["POST", "/sinks/validate", { key: "new", ...body(folder, "Fifth"), plugin_config: 5 }, 200, 1],
    ["DELETE", "/sinks/new/configs?version=1", undefined, 204, 0],
    ["DELETE", "/sinks/new", undefined, 204, 0],
  ];
  for (const [method, path, sent, status, validated] of operations) {
    const counted = await counting(started, () => ask(method, path, sent));
    assert.deepEqual(counted, { status, listed: 1, validated }, `${method} ${path}`);
  }
});

test("an operation sees what was edited by hand before it, also in other files", async () => {
  await using started = await startScripted(files, WITHOUT_WATCH);
  const { folder, ask } = started;
  const connectors = join(folder, "connectors");
  await running(started, "a");
  await fs.writeFile(
    join(connectors, "by-hand.toml"),
    scriptedSink(folder, "a", "run").replace("version = 0", "version = 7"),
  );
  await fs.writeFile(
    join(connectors, "o0.toml"),
    scriptedSink(folder, "o0", "run").replace('"o0"\npath', '"By hand"\npath'),
  );
  await fs.rm(join(connectors, "o1.toml"));
  assert.equal((await ask("PUT", "/sinks/a", body(folder, "New"))).status, 200);
  assert.equal(one(started, "a")?.version, 8);
  await eventually(() => one(started, "o0")?.name === "By hand" && one(started, "o1") === undefined);
});

test("an operation that takes its time does not bring back what was changed meanwhile", async () => {
  await using started = await startScripted(files, WITHOUT_WATCH);
  const { folder, ask } = started;
  await running(started, "a");
  const slow = ask("PUT", "/sinks/a", { ...body(folder, "Slow", "silent"), start_timeout: "1s" });
  await eventually(() => one(started, "a")?.name === "Slow");
  assert.equal((await ask("PUT", "/sinks/o0", body(folder, "Meanwhile"))).status, 200);
  assert.equal((await ask("DELETE", "/sinks/o1")).status, 204);
  assert.equal((await slow).status, 422);
  assert.equal(one(started, "o0")?.name, "Meanwhile");
  assert.equal(one(started, "o0")?.version, 1);
  assert.equal(one(started, "o1"), undefined);
});

test("a version that another process stores meanwhile is not overwritten", async () => {
  await using started = await startScripted(files, WITHOUT_WATCH);
  const { folder, ask } = started;
  await running(started, "a");
  const file = join(folder, "connectors", "sink_a_1.toml");
  const text = scriptedSink(folder, "a", "run").replace("version = 0", "version = 1");
  const { readdir } = fs;
  // Between the reading of the folder and the writing of the version.
  const listing = mock.method(fs, "readdir", async (...parameters: Parameters<typeof readdir>) => {
    const entries = await readdir(...parameters);
    await fs.writeFile(file, text);
    return entries;
  });
  syncBuiltinESMExports();
  try {
    assert.equal((await ask("PUT", "/sinks/a", body(folder, "New"))).status, 200);
  } finally {
    listing.mock.restore();
    syncBuiltinESMExports();
  }
  assert.equal(await fs.readFile(file, "utf8"), text);
  assert.equal(one(started, "a")?.version, 2);
});
