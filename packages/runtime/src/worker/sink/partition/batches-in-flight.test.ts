import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type MessageBatch, RejectedError, type Sink } from "@iggy-connectors/sdk";
import { FakeIggy, FakeIggyError } from "../../../../test/task/fake-iggy.ts";
import { sinkDefinition } from "../../../../test/task/plugins.ts";
import { RunningTask, taskSpec, until } from "../../../../test/task/task-harness.ts";
import type { TaskSpec } from "../../../shared/task/task-spec.ts";

function start(iggy: FakeIggy, sink: Sink, changes: Partial<TaskSpec>): RunningTask {
  const spec = taskSpec(
    sinkDefinition(() => sink),
    changes,
  );
  const sinkStreams = spec.sinkStreams.map((stream) => ({ ...stream, batchLength: 10 }));
  return new RunningTask({ ...spec, sinkStreams }, iggy);
}

function filled(partitions: number, messages: number): FakeIggy {
  const iggy = new FakeIggy();
  iggy.createTopicSync("s", "t", partitions);
  for (let partition = 0; partition < partitions; partition++) {
    for (let index = 0; index < messages; index++) iggy.append("s", "t", partition, String(index));
  }
  return iggy;
}

/** A destination whose calls end when the test says so; they are numbered in the order in which they began. */
class HeldSink implements Sink {
  readonly begun: MessageBatch[] = [];
  readonly #ends: (() => void)[] = [];

  async consume(batch: MessageBatch): Promise<void> {
    this.begun.push(batch);
    await new Promise<void>((resolve) => this.#ends.push(resolve));
  }

  end(call: number): void {
    this.#ends[call]?.();
  }
}

describe("several batches of a partition in flight", () => {
  it("begin in order, and offsets move only by the contiguous prefix of what has ended", async () => {
    const iggy = filled(1, 100);
    const sink = new HeldSink();
    const task = start(iggy, sink, { maxInFlight: 3 });
    await until(() => sink.begun.length === 3);
    assert.deepEqual(
      sink.begun.map(({ firstOffset }) => firstOffset),
      [0n, 10n, 20n],
    );
    sink.end(2);
    await until(() => sink.begun.length === 4);
    sink.end(1);
    await until(() => sink.begun.length === 5);
    assert.deepEqual(iggy.stores, []);
    sink.end(0);
    await until(() => iggy.stored.get("s/t/0") === 29n);
    await until(() => sink.begun.length === 6);
    const stopping = task.stop();
    for (const call of [3, 4, 5]) sink.end(call);
    const status = await stopping;
    assert.equal(iggy.stored.get("s/t/0"), 59n);
    assert.equal(status.counters.delivered, 60);
  });

  it("are no more than one where max_in_flight is not set", async () => {
    const iggy = filled(1, 30);
    const sink = new HeldSink();
    const task = start(iggy, sink, {});
    // The next batch is read ahead, and waits.
    await until(() => sink.begun.length === 1 && iggy.polls >= 2);
    assert.equal(sink.begun.length, 1);
    sink.end(0);
    await until(() => sink.begun.length === 2);
    const stopping = task.stop();
    sink.end(1);
    await stopping;
  });

  it("do not begin behind a message that blocks its partition", async () => {
    const iggy = filled(1, 100);
    const begun: bigint[] = [];
    const task = start(
      iggy,
      {
        async consume(batch) {
          begun.push(batch.firstOffset);
          if (batch.firstOffset === 0n) return { rejected: [{ offset: 4n, error: new RejectedError("no") }] };
          return undefined;
        },
      },
      { maxInFlight: 2, onError: "stop" },
    );
    await task.reached(({ state }) => state === "blocked");
    await until(() => iggy.stored.get("s/t/0") === 3n);
    const status = await task.stop();
    assert.ok(begun.length <= 2, `${begun.length} batches were begun`);
    assert.equal(iggy.stored.get("s/t/0"), 3n);
    assert.equal(status.messagesInFlight, 0);
  });

  it("do not begin behind a dead letter that cannot be written", async () => {
    const iggy = filled(1, 100);
    const mend = iggy.fail("send", new FakeIggyError(8, "Disconnected"), Number.POSITIVE_INFINITY);
    iggy.createTopicSync("dead", "letters");
    let calls = 0;
    const task = start(
      iggy,
      {
        async consume(batch) {
          calls += 1;
          return batch.firstOffset === 0n ? { rejected: [{ offset: 0n, error: new RejectedError("no") }] } : undefined;
        },
      },
      { maxInFlight: 2 },
    );
    await task.reached(({ state }) => state === "blocked");
    const callsThen = calls;
    assert.ok(callsThen <= 2);
    mend();
    await until(() => iggy.stored.get("s/t/0") === 99n);
    const status = await task.stop();
    assert.equal(status.counters.delivered, 99);
    assert.equal(status.counters.deadLettered, 1);
  });

  it("leave the other partitions their turn", async () => {
    const iggy = filled(2, 1000);
    const seen: number[] = [];
    const task = start(
      iggy,
      {
        async consume(batch) {
          seen.push(batch.partition);
          await new Promise((resolve) => setImmediate(resolve));
        },
      },
      { maxInFlight: 4, maxInFlightPartitions: 1 },
    );
    await until(() => iggy.stored.get("s/t/0") === 999n && iggy.stored.get("s/t/1") === 999n);
    await task.stop();
    // Neither is finished before the other has had a fair share of its turns.
    for (const partition of [0, 1]) {
      const last = seen.lastIndexOf(partition);
      const others = seen.slice(0, last).filter((one) => one !== partition).length;
      assert.ok(others >= 50, `${others} batches of the other partition before the last of ${partition}`);
    }
  });
});
