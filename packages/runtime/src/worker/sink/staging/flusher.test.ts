import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  type ConsumeResult,
  FatalError,
  type FlushContext,
  type MessageBatch,
  type PartitionRef,
  RejectedError,
  RetryableError,
  type Sink,
} from "@iggy-connectors/sdk";
import { FakeIggy, FakeIggyError } from "../../../../test/task/fake-iggy.ts";
import { sinkDefinition } from "../../../../test/task/plugins.ts";
import { RunningTask, taskSpec, until } from "../../../../test/task/task-harness.ts";
import type { TaskSpec } from "../../../shared/task/task-spec.ts";

const NEVER = { interval: 0, bytes: 0, messages: 0 };

/** Stages messages in memory; `written` is what was flushed. */
class StagingSink implements Sink {
  readonly written: string[] = [];
  readonly reasons: FlushContext["reason"][] = [];
  staged: { readonly partition: PartitionRef; readonly offset: bigint; readonly text: string }[] = [];
  insideFlush = false;
  insideConsume = 0;
  overlapped = false;
  /** What flush does with what is staged; default: writes it. */
  onFlush: ((sink: StagingSink) => ConsumeResult | undefined) | undefined;

  async consume(batch: MessageBatch): Promise<void> {
    this.insideConsume += 1;
    this.overlapped ||= this.insideFlush;
    const { stream, topic, partition } = batch;
    for (const { offset, payload } of batch) {
      this.staged.push({ partition: { stream, topic, partition }, offset, text: Buffer.from(payload).toString() });
    }
    await new Promise((resolve) => setImmediate(resolve));
    this.insideConsume -= 1;
  }

  async flush({ reason }: FlushContext): Promise<ConsumeResult | undefined> {
    this.reasons.push(reason);
    this.insideFlush = true;
    this.overlapped ||= this.insideConsume > 0;
    await new Promise((resolve) => setImmediate(resolve));
    this.insideFlush = false;
    const result = this.onFlush?.(this);
    if (result?.rejected !== undefined) {
      const refused = new Set(result.rejected.map(({ offset }) => offset));
      this.staged = this.staged.filter(({ offset }) => !refused.has(offset));
    }
    this.written.push(...this.staged.map(({ text }) => text));
    this.staged = [];
    return result;
  }

  async revoked(partitions: readonly PartitionRef[]): Promise<void> {
    this.staged = this.staged.filter(
      ({ partition }) => !partitions.some((gone) => gone.partition === partition.partition),
    );
  }
}

function start(iggy: FakeIggy, sink: Sink, changes: Partial<TaskSpec> = {}): RunningTask {
  return new RunningTask(
    taskSpec(
      sinkDefinition(() => sink),
      changes,
    ),
    iggy,
  );
}

function topic(partitions: string[][]): FakeIggy {
  const iggy = new FakeIggy();
  iggy.createTopicSync("s", "t", partitions.length);
  for (const [partition, payloads] of partitions.entries()) iggy.append("s", "t", partition, ...payloads);
  return iggy;
}

describe("a staging sink", () => {
  it("moves offsets only after flush, and flushes what is staged when it stops", async () => {
    const iggy = topic([["a", "b"], ["c"]]);
    const sink = new StagingSink();
    const task = start(iggy, sink, { flush: NEVER });
    await until(() => sink.staged.length === 3);
    assert.deepEqual(iggy.stores, []);
    const inFlight = await task.reached(({ messagesInFlight }) => messagesInFlight === 3);
    assert.equal(inFlight.counters.delivered, 0);
    const status = await task.stop();
    assert.deepEqual(sink.reasons, ["stop"]);
    assert.deepEqual([...sink.written].sort(), ["a", "b", "c"]);
    assert.equal(iggy.stored.get("s/t/0"), 1n);
    assert.equal(iggy.stored.get("s/t/1"), 0n);
    assert.equal(status.counters.delivered, 3);
    assert.equal(status.messagesInFlight, 0);
    assert.equal(status.bytesInFlight, 0);
  });

  for (const [name, flush] of [
    ["interval", { interval: 5, bytes: 0, messages: 0 }],
    ["messages", { interval: 0, bytes: 0, messages: 2 }],
    ["bytes", { interval: 0, bytes: 1, messages: 0 }],
  ] as const) {
    it(`flushes by ${name}`, async () => {
      const iggy = topic([["a", "b", "c"]]);
      const sink = new StagingSink();
      const task = start(iggy, sink, { flush });
      await until(() => iggy.stored.get("s/t/0") === 2n);
      assert.ok(sink.reasons.includes(name));
      await task.stop();
      assert.equal(sink.overlapped, false);
    });
  }

  it("flushes when buffer_bytes is used up, whatever the flush settings say", async () => {
    const payloads = Array.from({ length: 50 }, (_, index) => `${index}`.padEnd(500, "."));
    const iggy = topic([payloads]);
    const sink = new StagingSink();
    const [stream] = taskSpec(sinkDefinition(() => sink)).sinkStreams;
    const task = start(iggy, sink, {
      flush: NEVER,
      bufferBytes: 200_000,
      sinkStreams: [{ ...stream!, batchLength: 5 }],
    });
    for (let index = 0; index < 20; index++) iggy.append("s", "t", 0, ...payloads);
    await until(() => sink.written.length + sink.staged.length === 21 * 50);
    assert.ok(sink.reasons.includes("bytes"));
    await task.stop();
    assert.equal(sink.written.length, 21 * 50);
  });

  it("keeps everything staged while a flush fails, and repeats it", async () => {
    const iggy = topic([["a", "b"]]);
    const sink = new StagingSink();
    let failures = 0;
    sink.onFlush = () => {
      if (failures < 3) {
        failures += 1;
        throw new RetryableError("disk full", { code: "IGC_SINK_FULL" });
      }
      return undefined;
    };
    const task = start(iggy, sink);
    const retrying = await task.reached(({ state }) => state === "retrying");
    assert.equal(retrying.lastError?.code, "IGC_SINK_FULL");
    assert.deepEqual(iggy.stores, []);
    await until(() => iggy.stored.get("s/t/0") === 1n);
    await task.stop();
    assert.deepEqual(sink.written, ["a", "b"]);
  });

  it("dead-letters what flush names, and ends the rest", async () => {
    const iggy = topic([["a", "bad", "c"], ["d"]]);
    const sink = new StagingSink();
    sink.onFlush = ({ staged }) => ({
      rejected: staged
        .filter(({ text }) => text === "bad")
        .map(({ partition, offset }) => ({ partition, offset, error: new RejectedError("no") })),
    });
    const task = start(iggy, sink);
    await until(() => iggy.stored.get("s/t/0") === 2n && iggy.stored.get("s/t/1") === 0n);
    const status = await task.stop();
    assert.equal(status.counters.deadLettered, 1);
    assert.equal(status.counters.delivered, 3);
    assert.equal(status.counters.consumed, 4);
    assert.deepEqual([...sink.written].sort(), ["a", "c", "d"]);
  });

  it("isolates the bad message of a flush that is refused as a whole", async () => {
    const iggy = topic([["a", "b", "bad", "d", "e"]]);
    const sink = new StagingSink();
    sink.onFlush = ({ staged }) => {
      if (staged.some(({ text }) => text === "bad")) {
        sink.staged = [];
        throw new RejectedError("one of them is bad");
      }
      return undefined;
    };
    const task = start(iggy, sink);
    await until(() => iggy.stored.get("s/t/0") === 4n);
    const status = await task.stop();
    assert.deepEqual(sink.written, ["a", "b", "d", "e"]);
    assert.equal(status.counters.deadLettered, 1);
    assert.equal(status.counters.delivered, 4);
    assert.equal(status.messagesInFlight, 0);
  });

  it("abandons what it cannot flush by the end of stop_timeout, unstored", async () => {
    const iggy = topic([["a", "b"]]);
    const sink = new StagingSink();
    sink.onFlush = () => {
      throw new RetryableError("disk full");
    };
    const task = start(iggy, sink, { stopTimeout: 30 });
    await task.reached(({ state }) => state === "retrying");
    const status = await task.stop();
    assert.equal(status.state, "stopped");
    assert.equal(status.counters.delivered, 0);
    assert.equal(status.counters.deadLettered, 0);
    assert.deepEqual(iggy.stores, []);
  });

  it("fails on a fatal flush, with nothing stored", async () => {
    const iggy = topic([["a"]]);
    const sink = new StagingSink();
    sink.onFlush = () => {
      throw new FatalError("no such table");
    };
    const task = start(iggy, sink);
    await task.done;
    assert.equal(task.status.state, "failed");
    assert.deepEqual(iggy.stores, []);
  });

  it("holds the offset at a flushed message whose dead letter cannot be written", async () => {
    const iggy = topic([["a", "bad", "c"]]);
    const sink = new StagingSink();
    sink.onFlush = ({ staged }) => ({
      rejected: staged
        .filter(({ text }) => text === "bad")
        .map(({ partition, offset }) => ({ partition, offset, error: new RejectedError("no") })),
    });
    let away = true;
    iggy.onSend = () => (away ? new FakeIggyError(8, "Disconnected") : undefined);
    const task = start(iggy, sink);
    await task.reached(({ state }) => state === "blocked");
    iggy.append("s", "t", 0, "later");
    assert.deepEqual(iggy.stores, []);
    away = false;
    await until(() => iggy.stored.get("s/t/0") === 3n);
    const status = await task.stop();
    assert.equal(status.counters.deadLettered, 1);
    assert.equal(status.counters.delivered, 3);
  });

  it("flushes and stores a partition that is being revoked", async () => {
    const iggy = topic([["a"], ["b"], []]);
    const sink = new StagingSink();
    const task = start(iggy, sink, { flush: NEVER });
    await until(() => sink.staged.length === 2);
    iggy.fencedReads.add("s/t/0");
    iggy.wake();
    await until(() => iggy.stored.get("s/t/0") === 0n);
    assert.deepEqual(sink.reasons, ["revocation"]);
    assert.ok(sink.written.includes("a"));
    await task.stop();
  });
});
