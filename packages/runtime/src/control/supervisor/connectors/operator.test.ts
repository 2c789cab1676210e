import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { eventually, temporaryFolder } from "@iggy-connectors/testing";
import { type ScriptedRuntime, scriptedSink, startScripted } from "../../../../test/scripted-runtime.ts";
import { startRuntime } from "../../runtime.ts";

const one = ({ runtime }: ScriptedRuntime, key = "a") => runtime.connectors().find((each) => each.key === key);
const inState = (started: ScriptedRuntime, state: string, key = "a") =>
  eventually(() => one(started, key)?.state === state, { what: `${key} ${state}` });
const lives = ({ folder }: ScriptedRuntime, key = "a") => readFileSync(join(folder, `${key}.journal`)).length;
const a =
  (life: string, more = "") =>
  (folder: string) => ({ "a.toml": scriptedSink(folder, "a", life, more) });

test("a connector is paused, resumed, stopped and started, and shows its state", async () => {
  const events: string[] = [];
  await using started = await startScripted(a("run"), {
    onEvent: (event) => {
      if (event.type === "state") events.push(`${event.from} ${event.to}`);
    },
  });
  await inState(started, "running");
  for (const [action, state, status] of [
    ["pause", "paused", "stopped"],
    ["resume", "running", "running"],
    ["stop", "stopped", "stopped"],
    ["start", "running", "running"],
  ] as const) {
    assert.equal((await started.ask("POST", `/sinks/a/${action}`)).status, 204);
    await inState(started, state);
    assert.equal(((await started.get("/sinks/a")) as { status: string }).status, status);
  }
  assert.deepEqual(events, [
    "starting running",
    "running stopping",
    "stopping stopped",
    "stopped paused",
    "paused starting",
    "starting running",
    "running stopping",
    "stopping stopped",
    "stopped starting",
    "starting running",
  ]);
  assert.equal((await started.ask("POST", "/sinks/x/pause")).status, 404);
  assert.equal((await started.ask("POST", "/sinks/a/explode")).status, 404);
  assert.equal((await started.ask("GET", "/sinks/a/pause")).status, 405);
});

test("a pause that cannot be stored is in effect, and is said", async () => {
  await using started = await startScripted(a("run"));
  await inState(started, "running");
  const file = join(started.folder, "local_state", "desired.json");
  // As where the disk is full: the file cannot be replaced.
  await mkdir(join(file, "x"), { recursive: true });
  assert.equal((await started.ask("POST", "/sinks/a/pause")).status, 204);
  await inState(started, "paused");
  const errors = (await started.get("/errors")) as { code: string }[];
  assert.deepEqual(
    errors.map(({ code }) => code),
    ["IGC_STATE_DESIRED_UNSAVED"],
  );
  assert.ok(started.lines.some(({ message }) => message.includes("not kept over a restart")));
  await rm(file, { recursive: true });
  assert.equal((await started.ask("POST", "/sinks/a/stop")).status, 204);
  assert.deepEqual(await started.get("/errors"), []);
});

test("the desired state survives a restart of the process", async () => {
  await using folder = await temporaryFolder();
  await mkdir(join(folder.path, "connectors"));
  await writeFile(join(folder.path, "connectors", "plugin.ts"), "export default {};");
  for (const key of ["a", "b"]) {
    await writeFile(join(folder.path, "connectors", `${key}.toml`), scriptedSink(folder.path, key, "run"));
  }
  const run = () =>
    startRuntime({
      workingDirectory: folder.path,
      env: {},
      onLog: () => {},
      workerUrl: new URL("../../../../test/supervisor/scripted-worker.ts", import.meta.url),
      config: { connectors: { config_dir: "connectors" }, http: { address: "127.0.0.1:0" } },
    });
  const states = (runtime: Awaited<ReturnType<typeof run>>) => runtime.connectors().map(({ state }) => state);
  const first = await run();
  await eventually(() => states(first).every((state) => state === "running"));
  const pause = await fetch(`http://${first.address}/sinks/a/pause`, { method: "POST" });
  assert.equal(pause.status, 204);
  assert.deepEqual(JSON.parse(await readFile(join(folder.path, "local_state", "desired.json"), "utf8")), {
    version: 1,
    connectors: { sinks: { a: "paused" } },
  });
  await first.stop();

  const second = await run();
  await eventually(() => states(second).join() === "paused,running");
  assert.equal(readFileSync(join(folder.path, "a.journal")).length, 1);
  await fetch(`http://${second.address}/sinks/a/resume`, { method: "POST" });
  await eventually(() => states(second).join() === "running,running");
  await second.stop();

  await writeFile(join(folder.path, "local_state", "desired.json"), "{");
  await assert.rejects(run(), { code: "IGC_STATE_DESIRED" });
});

test("simultaneous restarts are one restart, and each gets the original's 204", async () => {
  await using started = await startScripted(a("run"));
  await inState(started, "running");
  const replies = await Promise.all(Array.from({ length: 5 }, () => started.ask("POST", "/sinks/a/restart")));
  assert.deepEqual(
    replies.map(({ status }) => status),
    [204, 204, 204, 204, 204],
  );
  await inState(started, "running");
  assert.equal(lives(started), 2);
  assert.equal((await started.ask("POST", "/sinks/x/restart")).status, 404);
});

test("a restart that fails gives the reason, and another one is possible", async () => {
  await using started = await startScripted(a("fatal"));
  await inState(started, "failed");
  const reply = await started.ask("POST", "/sinks/a/restart");
  assert.equal(reply.status, 400);
  assert.equal((reply.body as { code: string }).code, "invalid_configuration");
  await writeFile(join(started.folder, "connectors", "a.toml"), scriptedSink(started.folder, "a", "run"));
  assert.equal((await started.ask("POST", "/sinks/a/restart")).status, 204);
  await inState(started, "running");
});

test("a restart starts what was paused; one of a completed connector starts it again", async () => {
  await using started = await startScripted(a("complete"));
  await inState(started, "completed");
  assert.equal((await started.ask("POST", "/sinks/a/restart")).status, 204);
  assert.equal(lives(started), 2);
  await started.ask("POST", "/sinks/a/stop");
  await inState(started, "stopped");
  assert.equal((await started.ask("POST", "/sinks/a/restart")).status, 204);
  assert.equal(one(started)?.desired, "running");
  assert.equal(lives(started), 3);
});

test("an operator's stop does not wait for a slow start", async () => {
  await using started = await startScripted(a("run"));
  await inState(started, "running");
  const slow = scriptedSink(started.folder, "slow", "silent", 'start_timeout = "1h"').replace(
    'key = "slow"',
    'key = "a"',
  );
  await writeFile(join(started.folder, "connectors", "a.toml"), slow);
  await eventually(() => one(started)?.state === "starting" && one(started)?.name === "slow");
  assert.equal((await started.ask("POST", "/sinks/a/stop")).status, 204);
  await inState(started, "stopped");
});

test("the original's restart of a connector that a worker's death left retrying works at once", async () => {
  await using started = await startScripted(a("die"), {
    config: { connectors: { restart: { initial_backoff: "1h", max_backoff: "1h" } } },
  });
  await inState(started, "retrying");
  await writeFile(join(started.folder, "connectors", "a.toml"), scriptedSink(started.folder, "a", "run"));
  await eventually(() => one(started)?.state === "running");
});

test("ready needs Iggy and no start that takes longer than it may; live needs nothing", async () => {
  const iggy = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => iggy.listen(0, "127.0.0.1", resolve));
  const address = `127.0.0.1:${(iggy.address() as AddressInfo).port}`;
  try {
    await using started = await startScripted(
      (folder) => ({
        "a.toml": scriptedSink(folder, "a", "run"),
        "b.toml": scriptedSink(folder, "b", "silent", 'start_timeout = "1ms"'),
        "c.toml": scriptedSink(folder, "c", "fatal"),
      }),
      { config: { iggy: { address }, http: { api_key: "k" } } },
    );
    await inState(started, "running");
    await inState(started, "failed", "c");
    const reasons = async () => {
      const { status, body } = await started.ask("GET", "/health/ready");
      return { status, codes: ((body as { reasons?: { code: string }[] }).reasons ?? []).map(({ code }) => code) };
    };
    await eventually(async () => (await reasons()).status === 503);
    assert.deepEqual((await reasons()).codes, ["starting"]);
    await writeFile(join(started.folder, "connectors", "b.toml"), scriptedSink(started.folder, "b", "run"));
    await eventually(async () => (await reasons()).status === 200);
    iggy.close();
    await eventually(async () => (await reasons()).codes.join() === "iggy");
    assert.deepEqual(await started.get("/health/live"), { status: "alive" });
    assert.deepEqual(await started.get("/health"), { status: "healthy" });
  } finally {
    iggy.close();
  }
});
