import assert from "node:assert/strict";
import { test } from "node:test";
import { RetryableError } from "@iggy-connectors/sdk";
import { FakeIggy } from "../../../test/task/fake-iggy.ts";
import { sinkDefinition } from "../../../test/task/plugins.ts";
import { RunningTask, taskSpec } from "../../../test/task/task-harness.ts";

test("what a connector repeats inside of a call is the state until the call ends, and is counted", async () => {
  const iggy = new FakeIggy();
  iggy.createTopicSync("s", "t", 1);
  iggy.append("s", "t", 0, "one");
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const definition = sinkDefinition((_config, context) => ({
    async consume() {
      context.retrying?.({ attempt: 2, delay: 500, error: new RetryableError("503", { code: "IGC_SINK_BUSY" }) });
      await released;
    },
  }));
  const task = new RunningTask(taskSpec(definition), iggy);
  const during = await task.reached(({ state }) => state === "retrying");
  assert.equal(during.lastError?.code, "IGC_SINK_BUSY");
  assert.equal(during.retry?.attempts, 2);
  release();
  const after = await task.reached(({ state, counters }) => state === "running" && counters.delivered === 1);
  assert.equal(after.lastError, undefined);
  assert.deepEqual(after.retries, [{ stage: "plugin", code: "IGC_SINK_BUSY", count: 1 }]);
  await task.stop();
});
