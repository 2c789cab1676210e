import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { eventually } from "@iggy-connectors/testing";
import { sinkDefinition } from "../../../../../test/task/plugins.ts";
import { taskSpec } from "../../../../../test/task/task-harness.ts";
import { SHARED_WORKER_URL } from "../../../../worker/entries.ts";
import { poolThreads } from "./pool-thread.ts";
import { PreparedWorker } from "./prepared-worker.ts";

const MODULE = JSON.stringify(new URL("./prepared-worker.ts", import.meta.url).href);

test("it is taken first, and once, with variables that were not known when it started", async () => {
  const prepared = new PreparedWorker();
  const start = poolThreads({ workerUrl: SHARED_WORKER_URL, prepared, onOutput() {} });
  const received: string[] = [];
  const thread = start(
    { ...process.env, LATE_VARIABLE: "known now" },
    { message: (message) => received.push(JSON.stringify(message)), failed() {}, hung() {}, exited() {} },
  );
  assert.equal(prepared.take(process.env), undefined);
  const spec = taskSpec(sinkDefinition(() => ({ async consume() {} })));
  const url = `data:text/javascript,throw new Error("late: " + process.env.LATE_VARIABLE)`;
  thread.post({ type: "task", id: 1, spec: { ...spec, plugin: { path: "own", url } } });
  await eventually(() => received.some((message) => message.includes("late: known now")));
  thread.terminate();
});

test("one that was discarded is not taken", () => {
  const prepared = new PreparedWorker();
  prepared.discard();
  assert.equal(prepared.take(process.env), undefined);
});

test("one that nobody takes keeps no process alive", () => {
  const { status, stderr } = spawnSync(
    process.execPath,
    [...process.execArgv, "--input-type=module", "-e", `new (await import(${MODULE})).PreparedWorker();`],
    { encoding: "utf8", timeout: 60_000 },
  );
  assert.equal(status, 0, stderr);
});
