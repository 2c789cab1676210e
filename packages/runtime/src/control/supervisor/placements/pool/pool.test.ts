import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { ScriptedPool } from "../../../../../test/supervisor/scripted-pool.ts";
import { sinkDefinition } from "../../../../../test/task/plugins.ts";
import { taskSpec } from "../../../../../test/task/task-harness.ts";
import { TaskSupervisor } from "../../run/task-supervisor.ts";

/** Supervised tasks in a pool of scripted threads, and the time, which only passes when a test says so. */
function start(context: TestContext, size: number, keys: readonly string[]) {
  context.mock.timers.enable({ apis: ["setInterval", "setTimeout"] });
  const pool = new ScriptedPool(size);
  const spec = taskSpec(sinkDefinition(() => ({ async consume() {} })));
  const lines: string[] = [];
  const tasks = keys.map((key) => {
    const task = new TaskSupervisor({
      spec: { ...spec, key },
      place: pool.place,
      isolation: "shared",
      memoryLimit: 0,
      environment: {},
      restart: { initialBackoff: 1000, maxBackoff: 60_000 },
      onStatus() {},
      onLogs: (logged) => lines.push(...logged.map(({ message }) => message)),
      onDescribed() {},
      onPlaced() {},
      tapSettings: () => undefined,
      onTapped() {},
    });
    task.start();
    return task;
  });
  return {
    pool,
    tasks,
    lines,
    /** The keys of the connectors in each thread. */
    threads: () => [...pool.threads].map((thread) => [...thread.tasks.values()].sort()).sort(),
    async pass(seconds: number) {
      for (let second = 0; second < seconds; second++) {
        context.mock.timers.tick(1000);
        await turn();
      }
    },
  };
}

test("tasks share one worker while it has time for them", async (context) => {
  const { pool, threads, pass } = start(context, 4, ["a", "b", "c", "d"]);
  [...pool.threads][0]!.utilization = 0.6;
  await pass(60);
  assert.deepEqual(threads(), [["a", "b", "c", "d"]]);
});

test("half of the tasks of a busy worker begin again in another one, and count as nothing", async (context) => {
  const { pool, threads, tasks, lines, pass } = start(context, 2, ["a", "b", "c", "d", "e"]);
  [...pool.threads][0]!.utilization = 1;
  await pass(1);
  assert.equal(pool.threads.size, 1, "it was busy with their start");
  await pass(2);
  assert.deepEqual(threads(), [
    ["a", "b"],
    ["c", "d", "e"],
  ]);
  assert.deepEqual(lines, Array(2).fill("moves to another worker: this one has too much to do"));
  for (const task of tasks) assert.deepEqual([task.restarts.size, task.status().lastError], [0, undefined]);
});

test("the busy one of many ends up alone", async (context) => {
  const keys = Array.from({ length: 10 }, (_, index) => `k${index}`);
  const { pool, threads, pass } = start(context, 2, keys);
  for (let second = 0; second < 200; second++) {
    for (const thread of pool.threads) thread.utilization = pool.threadOf("k7") === thread ? 1 : 0.05;
    await pass(1);
  }
  assert.deepEqual(threads(), [keys.filter((key) => key !== "k7"), ["k7"]]);
});

test("workers that are all busy keep their tasks", async (context) => {
  const { pool, threads, lines, pass } = start(context, 2, ["a", "b", "c", "d"]);
  for (let second = 0; second < 300; second++) {
    for (const thread of pool.threads) thread.utilization = 1;
    await pass(1);
  }
  assert.deepEqual(threads(), [
    ["a", "b"],
    ["c", "d"],
  ]);
  assert.equal(lines.length, 2);
});

test("a worker is given up when the others have been enough for ten minutes", async (context) => {
  const { pool, threads, pass } = start(context, 2, ["a", "b", "c"]);
  [...pool.threads][0]!.utilization = 1;
  await pass(4);
  assert.equal(pool.threads.size, 2);
  for (const thread of pool.threads) thread.utilization = 0.05;
  await pass(500);
  assert.equal(pool.threads.size, 2);
  await pass(200);
  assert.deepEqual(threads(), [["a", "b", "c"]]);
});
