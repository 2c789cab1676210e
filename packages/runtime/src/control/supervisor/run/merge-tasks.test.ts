import assert from "node:assert/strict";
import { test } from "node:test";
import { taskStatus } from "../../../../test/task-status.ts";
import type { TaskState } from "../../../shared/task/states.ts";
import type { TaskStatus } from "../../../shared/task/task-status.ts";
import { mergeTasks } from "./merge-tasks.ts";

function task(state: TaskState, changes: Partial<TaskStatus> = {}): TaskStatus {
  return taskStatus(state, { since: 100, messagesInFlight: 1, bytesInFlight: 10, ...changes });
}

const error = (message: string, timestamp: number) => ({ code: "IGC_X", message, timestamp });

test("the failing state of one task is the connector's, with the time when it began", () => {
  const merged = mergeTasks([
    task("running", { since: 1, lastSuccessAt: 5 }),
    task("retrying", { since: 7, lastError: error("old", 1), retry: { attempts: 2, since: 7, nextAttemptAt: 90 } }),
    task("retrying", { since: 8, lastError: error("new", 2), retry: { attempts: 1, since: 8, nextAttemptAt: 80 } }),
  ]);
  assert.equal(merged.state, "retrying");
  assert.equal(merged.since, 7);
  assert.equal(merged.lastError?.message, "new");
  assert.equal(merged.retry?.nextAttemptAt, 80);
  assert.equal(merged.lastSuccessAt, 5);
  assert.equal(merged.messagesInFlight, 3);
  assert.equal(merged.bytesInFlight, 30);
});

test("a connector is running when all its tasks are, and then has no error", () => {
  assert.equal(mergeTasks([task("running"), task("starting")]).state, "starting");
  const merged = mergeTasks([task("running", { lastError: error("x", 1) }), task("completed")]);
  assert.equal(merged.state, "running");
  assert.equal(merged.lastError, undefined);
  assert.equal(mergeTasks([task("completed"), task("stopped")]).state, "completed");
  assert.equal(mergeTasks([task("failed"), task("running")]).state, "failed");
});

test("lag and partitions are those of all tasks", () => {
  const partition = {
    stream: "s",
    topic: "t",
    storedOffset: undefined,
    endOffset: "5",
    oldestOpenAt: undefined,
    inFlight: 0,
  } as const;
  const merged = mergeTasks([
    task("running", { partitions: [{ ...partition, partition: 0, lag: 2, state: "running" }] }),
    task("running", { partitions: [{ ...partition, partition: 1, lag: 3, state: "running" }] }),
  ]);
  assert.equal(merged.lag, 5);
  assert.deepEqual(
    merged.partitions.map(({ partition: number }) => number),
    [0, 1],
  );
});

test("the guarantee of a connector is the weakest of its tasks", () => {
  const fallen = { guarantee: "at-least-once", reason: "no conditions" } as const;
  const best = { guarantee: "exactly-once", reason: undefined } as const;
  const merged = mergeTasks([
    task("running", { delivery: best }),
    task("running", { delivery: fallen }),
    task("starting", { delivery: undefined }),
  ]);
  assert.deepEqual(merged.delivery, fallen);
  assert.equal(mergeTasks([task("starting")]).delivery, undefined);
});
