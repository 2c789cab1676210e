import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type PartitionRef, RetryableError, type Sink } from "@iggy-connectors/sdk";
import { FakeIggy } from "../../../../test/task/fake-iggy.ts";
import { sinkDefinition } from "../../../../test/task/plugins.ts";
import { RunningTask, taskSpec, until } from "../../../../test/task/task-harness.ts";
import type { TaskSpec } from "../../../shared/task/task-spec.ts";

function start(iggy: FakeIggy, sink: Sink, changes: Partial<TaskSpec> = {}): RunningTask {
  return new RunningTask(
    taskSpec(
      sinkDefinition(() => sink),
      changes,
    ),
    iggy,
  );
}

describe("a rebalance", () => {
  it("releases a partition that another member owns, and continues after the stored offset when it comes back", async () => {
    const iggy = new FakeIggy();
    iggy.createTopicSync("s", "t", 2);
    iggy.append("s", "t", 0, "a", "b");
    iggy.append("s", "t", 1, "c");
    const revoked: PartitionRef[] = [];
    const seen: string[] = [];
    const task = start(iggy, {
      async consume(batch) {
        for (const { payload } of batch) seen.push(Buffer.from(payload).toString());
      },
      async revoked(partitions) {
        revoked.push(...partitions);
      },
    });
    await until(() => iggy.stored.get("s/t/0") === 1n && iggy.stored.get("s/t/1") === 0n);
    iggy.owned.set("s/t", [1]);
    await until(() => revoked.length === 1);
    assert.equal(revoked[0]?.partition, 0);
    // Another member continues with it.
    iggy.append("s", "t", 0, "theirs", "ours");
    iggy.stored.set("s/t/0", 2n);
    iggy.owned.set("s/t", [0, 1]);
    iggy.wake();
    await until(() => seen.includes("ours"));
    const status = await task.stop();
    assert.equal(seen.includes("theirs"), false);
    assert.ok(status.counters.rebalances >= 2);
  });

  it("never stores the work on a partition that was lost during a batch", async () => {
    const iggy = new FakeIggy();
    iggy.createTopicSync("s", "t", 1);
    iggy.append("s", "t", 0, "a");
    let release: (() => void) | undefined;
    let calls = 0;
    const task = start(iggy, {
      async consume() {
        calls += 1;
        if (calls === 1) await new Promise<void>((resolve) => (release = resolve));
      },
    });
    await until(() => release !== undefined);
    iggy.owned.set("s/t", []);
    release?.();
    await task.reached(({ partitions, counters }) => counters.rebalances >= 1 && partitions.length === 0);
    assert.deepEqual(iggy.stores, []);
    await task.stop();
    assert.deepEqual(iggy.stores, []);
  });

  it("drains a revoked partition: what is open is finished and stored", async () => {
    const iggy = new FakeIggy();
    iggy.createTopicSync("s", "t", 2);
    iggy.append("s", "t", 0, "a");
    let release: (() => void) | undefined;
    const task = start(iggy, {
      consume: () => new Promise((resolve) => (release = () => resolve(undefined))),
    });
    await until(() => release !== undefined);
    // The server fences reads of a partition that is being taken away, but still takes its offset.
    iggy.fencedReads.add("s/t/0");
    iggy.wake();
    await task.reached(({ counters }) => counters.rebalances >= 1);
    release?.();
    await until(() => iggy.stored.get("s/t/0") === 0n);
    await task.stop();
  });

  it("abandons a retry when the partition is revoked, and counts its message once when it comes back", async () => {
    const iggy = new FakeIggy();
    iggy.createTopicSync("s", "t", 2);
    iggy.append("s", "t", 0, "a");
    let away = true;
    const task = start(iggy, {
      async consume() {
        if (away) throw new RetryableError("away");
      },
    });
    await task.reached(({ state }) => state === "retrying");
    iggy.owned.set("s/t", [1]);
    iggy.wake();
    const gone = await task.reached(({ partitions, state }) => partitions.length === 1 && state === "running");
    assert.equal(gone.counters.delivered, 0);
    assert.equal(gone.messagesInFlight, 0);
    assert.deepEqual(iggy.stores, []);
    away = false;
    iggy.owned.set("s/t", [0, 1]);
    iggy.wake();
    await until(() => iggy.stored.get("s/t/0") === 0n);
    const { counters } = await task.stop();
    assert.equal(counters.consumed, 1);
    assert.equal(counters.delivered, 1);
  });
});
