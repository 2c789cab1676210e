import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Sink } from "@iggy-connectors/sdk";
import { FakeIggy, FakeIggyError } from "../../../../test/task/fake-iggy.ts";
import { sinkDefinition } from "../../../../test/task/plugins.ts";
import { RunningTask, taskSpec, until } from "../../../../test/task/task-harness.ts";
import type { TaskSpec } from "../../../shared/task/task-spec.ts";

function start(iggy: FakeIggy, topics: readonly string[], topicsPattern: string, sink: Sink): RunningTask {
  const spec: TaskSpec = taskSpec(sinkDefinition(() => sink));
  const sinkStreams = spec.sinkStreams.map((stream) => ({ ...stream, topics, topicsPattern }));
  return new RunningTask({ ...spec, sinkStreams }, iggy);
}

function recorder(): { readonly sink: Sink; readonly seen: string[] } {
  const seen: string[] = [];
  const sink: Sink = {
    async consume(batch) {
      for (const { payload } of batch) seen.push(`${batch.topic}:${Buffer.from(payload).toString()}`);
    },
  };
  return { sink, seen };
}

describe("a pattern of topics", () => {
  it("takes up the topics whose whole name matches, beside those that are listed, and those that are created later", async () => {
    const iggy = new FakeIggy();
    for (const topic of ["orders_eu", "orders_us", "old_orders_eu", "listed"]) {
      iggy.createTopicSync("s", topic);
      iggy.append("s", topic, 0, "a");
    }
    iggy.createTopicSync("other", "orders_x");
    const { sink, seen } = recorder();
    const task = start(iggy, ["listed"], "orders_.*", sink);
    await task.reached(({ state }) => state === "running");
    await until(() => seen.length === 3);
    assert.deepEqual([...seen].sort(), ["listed:a", "orders_eu:a", "orders_us:a"]);
    iggy.createTopicSync("s", "orders_asia");
    iggy.append("s", "orders_asia", 0, "b");
    await until(() => seen.includes("orders_asia:b"));
    const status = await task.stop();
    assert.equal(status.counters.delivered, 4);
    assert.equal(iggy.stored.get("s/orders_asia/0"), 0n);
  });

  it("releases a topic that is gone, and takes it up again when it is recreated", async () => {
    const iggy = new FakeIggy();
    iggy.createTopicSync("s", "orders_eu");
    iggy.append("s", "orders_eu", 0, "a");
    const { sink, seen } = recorder();
    const task = start(iggy, [], "orders_.*", sink);
    await until(() => seen.length === 1);
    iggy.topics.delete("s/orders_eu");
    iggy.stored.clear();
    await task.reached(({ state, partitions }) => state === "running" && partitions.length === 0);
    iggy.createTopicSync("s", "orders_eu");
    iggy.append("s", "orders_eu", 0, "again");
    await until(() => seen.includes("orders_eu:again"));
    await task.stop();
  });

  it("leaves the connector running while nothing matches, and waits for a server that does not answer", async () => {
    const iggy = new FakeIggy();
    iggy.fail("getTopics", new FakeIggyError(8, "Disconnected"), 2);
    const { sink, seen } = recorder();
    const task = start(iggy, [], "orders_.*", sink);
    await task.reached(({ state }) => state === "running");
    iggy.createTopicSync("s", "orders_eu");
    iggy.append("s", "orders_eu", 0, "a");
    await until(() => seen.length === 1);
    const status = await task.stop();
    assert.ok(status.counters.errors >= 2);
  });

  it("fails the connector when it is not a valid expression, and says what is wrong", async () => {
    const task = start(new FakeIggy(), [], "orders_(", { consume: async () => {} });
    const status = await task.reached(({ state }) => state === "failed");
    assert.equal(status.lastError?.code, "IGC_CONFIG_INVALID");
    assert.match(status.lastError?.message ?? "", /"orders_\(" is not an RE2 pattern/);
  });
});
