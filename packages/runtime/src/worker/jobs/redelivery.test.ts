import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  RejectedError,
  RetryableError,
  type Sink,
  type SinkDefinition,
  type SourceDefinition,
} from "@iggy-connectors/sdk";
import { FakeIggy } from "../../../test/task/fake-iggy.ts";
import { sinkDefinition, sourceDefinition } from "../../../test/task/plugins.ts";
import { taskSpec } from "../../../test/task/task-harness.ts";
import type { DeadLetterRecord } from "../../shared/dead-letter/dead-letter-record.ts";
import type { TaskSpec } from "../../shared/task/task-spec.ts";
import type { LoadedSink, LoadedSource } from "../plugin/load.ts";
import { Task } from "../task/task.ts";
import { openRedelivery as openToIggy } from "./redeliver-to-iggy.ts";
import { openRedelivery as openToSink } from "./redeliver-to-sink.ts";

function letter(id: number, changes: Partial<DeadLetterRecord> = {}): DeadLetterRecord {
  return {
    id: BigInt(id),
    task: 0,
    stage: "consume",
    transform: undefined,
    code: "IGC_SINK_REJECTED",
    error: "no",
    attempts: 1,
    time: 0,
    stream: "s",
    topic: "t",
    partition: 3,
    offset: BigInt(100 + id),
    messageId: BigInt(1000 + id),
    timestamp: 5_000_000,
    originTimestamp: 4_000_000,
    truncated: undefined,
    droppedHeaders: 0,
    payload: Buffer.from(`message ${id}`),
    headers: [{ key: { kind: "string", value: "trace" }, value: { kind: "uint8", value: id } }],
    ...changes,
  };
}

const loaded = (definition: SinkDefinition | SourceDefinition): unknown => ({
  type: definition.type,
  definition,
  config: {},
  description: {},
});

function sinkJob(sink: Sink, changes: Partial<TaskSpec> = {}) {
  const definition = sinkDefinition(() => sink);
  const task = new Task(taskSpec(definition, changes), () => {});
  return openToSink(task, loaded(definition) as LoadedSink, new FakeIggy()).finally(() => task.end());
}

describe("a redelivery through a sink", () => {
  it("delivers the original messages, as messages of their origin, each partition in the order of its offsets", async () => {
    const seen: unknown[] = [];
    const job = await sinkJob({
      async consume(batch) {
        for (const { offset, id, timestamp, payload, headers } of batch) {
          const place = `${batch.stream}/${batch.topic}/${batch.partition}`;
          assert.equal(batch.replay, true);
          seen.push([place, offset, id, timestamp, Buffer.from(payload).toString(), headers.get("trace")?.value]);
        }
      },
    });
    // The ninth failed at another stage once more after it had been replayed.
    const letters = [letter(9), letter(5, { partition: 1 }), letter(4), letter(10, { offset: 109n })];
    assert.deepEqual(await job.call(letters), []);
    assert.deepEqual(seen, [
      ["s/t/3", 104n, 1004n, 5_000_000, "message 4", 4],
      ["s/t/3", 109n, 1009n, 5_000_000, "message 9", 9],
      ["s/t/3", 109n, 1010n, 5_000_000, "message 10", 10],
      ["s/t/1", 105n, 1005n, 5_000_000, "message 5", 5],
    ]);
    await job.close();
  });

  it("keeps both times of a message, and takes one whose time is unknown for older than what followed its dead letter", async () => {
    const times: number[] = [];
    const job = await sinkJob({
      consume: async (batch) => void times.push(...[...batch].flatMap((one) => [one.timestamp, one.originTimestamp])),
    });
    const earlier = letter(5, { originTimestamp: undefined, time: 9_000_000 });
    const unknown = letter(6, { timestamp: undefined, originTimestamp: undefined, time: 7_000_000 });
    assert.deepEqual(await job.call([letter(4, { time: 9_000_000 }), earlier, unknown]), []);
    assert.deepEqual(times, [...[5_000_000, 4_000_000], ...[5_000_000, 5_000_000], ...[7_000_000, 7_000_000]]);
    await job.close();
  });

  it("gives metadata of the origin to transforms", async () => {
    const values: unknown[] = [];
    const definition = sinkDefinition(() => ({}) as Sink);
    const { sinkStreams } = taskSpec(definition);
    const job = await sinkJob(
      { consume: async (batch) => void values.push(...[...batch].map(({ value }) => value)) },
      {
        sinkStreams: sinkStreams.map((stream) => ({ ...stream, schema: "json" })),
        transforms: [{ type: "insert_metadata", fields: { offset: "place", topic: "of", partition: "at" } }],
      },
    );
    assert.deepEqual(await job.call([letter(4, { payload: Buffer.from("{}") })]), []);
    assert.deepEqual(JSON.parse(JSON.stringify(values)), [{ place: 104, of: "t", at: 3 }]);
    await job.close();
  });

  it("names the letter that failed, not its message", async () => {
    const job = await sinkJob({
      consume: async (batch) => ({ rejected: [{ offset: batch.lastOffset, error: new RejectedError("no") }] }),
    });
    const failed = await job.call([letter(4), letter(9)]);
    assert.deepEqual(
      failed.map(({ id }) => id),
      [9n],
    );
    await job.close();
  });

  it("shows the dead-letter topic to a sink that keeps offsets and does not know replays", async () => {
    const seen: string[] = [];
    const sink: Sink = {
      committed: async () => undefined,
      consume: async (batch) =>
        void seen.push(`${batch.stream}/${batch.topic}/${batch.partition} ${batch.firstOffset}`),
    };
    const job = await sinkJob(sink);
    await job.call([letter(4)]);
    await job.close();
    const knows = await sinkJob({ ...sink, replays: true });
    await knows.call([letter(4)]);
    await knows.close();
    assert.deepEqual(seen, ["dead/letters/0 4", "s/t/3 104"]);
  });

  it("counts as delivered only what a staging sink has flushed", async () => {
    const events: string[] = [];
    let flushes = 0;
    const job = await sinkJob({
      async consume(batch) {
        events.push(`staged ${batch.length}`);
      },
      async flush() {
        flushes += 1;
        if (flushes === 1) throw new RetryableError("away");
        events.push("flushed");
        return { rejected: [{ offset: 101n, error: new RejectedError("never", { code: "IGC_SINK_NEVER" }) }] };
      },
    });
    const failed = await job.call([letter(0), letter(1), letter(2)]);
    assert.deepEqual(events, ["staged 3", "staged 3", "flushed"]);
    assert.deepEqual(
      failed.map(({ id, error }) => [id, error.code]),
      [[1n, "IGC_SINK_NEVER"]],
    );
    await job.close();
  });

  it("goes back to earlier dead letters in a sink that keeps offsets in its target", async () => {
    let position = -1n;
    const written: bigint[] = [];
    const job = await sinkJob({
      async consume(batch) {
        for (const { offset } of batch) {
          if (offset <= position) continue;
          position = offset;
          written.push(offset);
        }
      },
      committed: async () => (position < 0n ? undefined : position),
      async reset(ref, next) {
        assert.deepEqual(ref, { stream: "dead", topic: "letters", partition: 0 });
        position = next - 1n;
      },
    });
    for (const ids of [[4, 9], [2, 5], [11]]) {
      assert.deepEqual(await job.call(ids.map((id) => letter(id))), []);
    }
    assert.deepEqual(written, [4n, 9n, 2n, 5n, 11n]);
    await job.close();
  });

  it("fails where a sink would assume a dead letter to be written and cannot be told otherwise", async () => {
    const job = await sinkJob({ consume: async () => {}, committed: async () => 7n });
    await assert.rejects(job.call([letter(3)]), { code: "IGC_SINK_NO_RESET" });
    assert.deepEqual(await job.call([letter(8)]), []);
    await job.close();
  });

  it("gives up a destination that is down for too long, and reports it for every message", async () => {
    const retry = { ...taskSpec(sinkDefinition(() => ({ consume: async () => {} }))).retry, maxAttempts: 2 };
    const job = await sinkJob({ consume: () => Promise.reject(new RetryableError("away")) }, { retry });
    const failed = await job.call([letter(0), letter(1)]);
    assert.deepEqual(
      failed.map(({ id, error }) => [id, error.message]),
      [
        [0n, "away"],
        [1n, "away"],
      ],
    );
    await job.close();
  });

  it("rejects dead letters of topics that the sink no longer consumes", async () => {
    const job = await sinkJob({ consume: async () => {} });
    const failed = await job.call([letter(0, { topic: "gone" }), letter(1)]);
    assert.deepEqual(
      failed.map(({ id, error }) => [id, error.code]),
      [[0n, "IGC_SINK_NOT_ITS_TOPIC"]],
    );
    await job.close();
  });
});

describe("a redelivery of a source", () => {
  it("sends the messages through its transforms to the topics they were produced for", async () => {
    const iggy = new FakeIggy();
    iggy.createTopicSync("s", "t");
    const definition = sourceDefinition(() => ({ poll: async () => ({ messages: [] }) }));
    const spec = taskSpec(definition);
    const task = new Task(
      {
        ...spec,
        sourceStreams: spec.sourceStreams.map((stream) => ({ ...stream, schema: "json" })),
        transforms: [{ type: "delete_fields", fields: ["drop"] }],
      },
      () => {},
    );
    const job = await openToIggy(task, loaded(definition) as LoadedSource, iggy);
    const payload = Buffer.from('{"keep":1,"drop":2}');
    const failed = await job.call([
      letter(0, { payload, partition: undefined, offset: undefined }),
      letter(1, { payload: Buffer.from("no JSON") }),
      letter(2, { payload, topic: "gone" }),
    ]);
    assert.deepEqual(failed.map(({ id, error }) => [id, error.code]).sort(), [
      [1n, "IGC_DECODE_JSON"],
      [2n, "IGC_SOURCE_NOT_ITS_TOPIC"],
    ]);
    const [sent, ...more] = iggy.log("s", "t");
    assert.equal(more.length, 0);
    assert.equal(Buffer.from(sent!.payload).toString(), '{"keep":1}');
    assert.equal(sent!.id, 1000n);
    await job.close();
    task.end();
  });
});
