import assert from "node:assert/strict";
import { test } from "node:test";
import type { Delivery } from "@iggy-connectors/sdk";
import { FakeIggy } from "../../../test/task/fake-iggy.ts";
import { sinkDefinition } from "../../../test/task/plugins.ts";
import { RunningTask, taskSpec } from "../../../test/task/task-harness.ts";

test("a sink that falls back at run time says so, and takes it back when it can", async () => {
  const iggy = new FakeIggy();
  iggy.createTopicSync("s", "t", 1);
  let report: (delivery: Delivery, reason: string) => void = () => {};
  const definition = {
    ...sinkDefinition(() => ({
      async open(context) {
        report = context.reportDelivery;
        context.reportDelivery("at-least-once", "the store ignores conditions");
      },
      async consume() {},
    })),
    delivery: "exactly-once" as const,
  };
  const task = new RunningTask(taskSpec(definition), iggy);
  const opened = await task.reached(({ state }) => state === "running");
  assert.deepEqual(opened.delivery, { guarantee: "at-least-once", reason: "the store ignores conditions" });

  report("exactly-once", "the store was upgraded");
  const again = await task.reached(({ delivery, state }) => state === "running" && delivery?.reason === undefined);
  assert.deepEqual(again.delivery, { guarantee: "exactly-once", reason: undefined });
  assert.throws(() => report("twice" as never, ""), { code: "IGC_PLUGIN_DELIVERY" });
  await task.stop();
  assert.deepEqual(
    task.logs.map(({ level, message }) => `${level} ${message}`).filter((line) => line.includes("delivery is")),
    ["warn delivery is at-least-once: the store ignores conditions", "info delivery is exactly-once again"],
  );
});

test("a configuration that allows less than the connector can give is the reason", async () => {
  const iggy = new FakeIggy();
  iggy.createTopicSync("s", "t", 1);
  const definition = {
    ...sinkDefinition(() => ({ async consume() {} })),
    delivery: "exactly-once" as const,
    deliveryOf: (): Delivery => "at-most-once",
  };
  const task = new RunningTask(taskSpec(definition), iggy);
  const { delivery } = await task.reached(({ state }) => state === "running");
  assert.deepEqual(delivery, {
    guarantee: "at-most-once",
    reason: "scripted can deliver exactly-once, but not with these settings",
  });
  await task.stop();
});
