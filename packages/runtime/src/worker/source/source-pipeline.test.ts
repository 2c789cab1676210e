import assert from "node:assert/strict";
import { mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { decodeHeaders, partitionForKey } from "@iggy-connectors/protocol";
import {
  FatalError,
  type ProducedBatch,
  RetryableError,
  type Source,
  type SourceDefinition,
} from "@iggy-connectors/sdk";
import { FakeIggy, FakeIggyError } from "../../../test/task/fake-iggy.ts";
import { sourceDefinition } from "../../../test/task/plugins.ts";
import { RunningTask, taskSpec, until } from "../../../test/task/task-harness.ts";
import type { SourceStreamSpec, TaskSpec } from "../../shared/task/task-spec.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "iggy-source-"));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

function start(
  iggy: FakeIggy,
  source: Source<number>,
  changes: Partial<TaskSpec> = {},
  more: Partial<Pick<SourceDefinition, "importState" | "checkpoints">> = {},
): RunningTask {
  const spec = taskSpec(
    sourceDefinition(() => source as Source, more),
    { checkpoint: { path: join(folder, "source_test.state"), interval: 0 }, ...changes },
  );
  return new RunningTask(spec, iggy);
}

function defaultStream(): SourceStreamSpec {
  return taskSpec(sourceDefinition(() => counting(0))).sourceStreams[0]!;
}

async function storedCheckpoint(): Promise<unknown> {
  const text = await readFile(join(folder, "source_test.state"), "utf8");
  return (JSON.parse(text) as { checkpoint: unknown }).checkpoint;
}

/** Produces the numbers from its checkpoint up to `end`, then completes. */
function counting(end: number, size = 10): Source<number> {
  return {
    async poll({ checkpoint = 0, maxMessages }) {
      const to = Math.min(end, checkpoint + Math.min(size, maxMessages));
      const messages = Array.from({ length: to - checkpoint }, (_, index) => ({
        payload: Buffer.from(String(checkpoint + index)),
        id: BigInt(checkpoint + index + 1),
      }));
      return { messages, checkpoint: to, completed: to === end };
    },
  };
}

const once = (messages: ProducedBatch<number>["messages"], schema?: ProducedBatch["schema"]): Source<number> => ({
  async poll() {
    return { messages, checkpoint: 1, completed: true, ...(schema === undefined ? {} : { schema }) };
  },
});

function sentTexts(iggy: FakeIggy, stream = "s", topic = "t", partition = 0): string[] {
  return iggy.log(stream, topic, partition).map(({ payload }) => Buffer.from(payload).toString());
}

const numbers = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, index) => String(from + index));

describe("source pipeline", () => {
  it("sends what is produced, stores the checkpoint, and completes", async () => {
    const iggy = new FakeIggy();
    const delivered: number[] = [];
    const source = counting(35);
    source.onDelivered = async (checkpoint) => {
      delivered.push(checkpoint);
    };
    const task = start(iggy, source);
    await task.done;
    const { state, counters, messagesInFlight } = task.status;
    assert.equal(state, "completed");
    assert.deepEqual(sentTexts(iggy), numbers(0, 35));
    assert.equal(iggy.log("s", "t")[4]?.id, 5n);
    assert.equal(await storedCheckpoint(), 35);
    assert.equal(delivered.at(-1), 35);
    assert.equal(counters.produced, 35);
    assert.equal(counters.sent, 35);
    assert.equal(counters.delivered, 35);
    assert.equal(messagesInFlight, 0);
    assert.equal(task.events.at(-1)?.type, "ended");
  });

  it("continues from the stored checkpoint", async () => {
    const iggy = new FakeIggy();
    await start(iggy, counting(10)).done;
    await start(iggy, counting(25)).done;
    assert.deepEqual(sentTexts(iggy), numbers(0, 25));
  });

  it("stores nothing for a source that keeps its checkpoints in memory, and tells it once Iggy confirmed", async () => {
    const iggy = new FakeIggy();
    const mend = iggy.fail("send", new FakeIggyError(8, "Disconnected"), Number.POSITIVE_INFINITY);
    const told: (readonly [number, number])[] = [];
    const asked: (number | undefined)[] = [];
    const inner = counting(20);
    const source: Source<number> = {
      async poll(context) {
        asked.push(context.checkpoint);
        return inner.poll(context);
      },
      onDelivered: async (checkpoint) => void told.push([checkpoint, sentTexts(iggy).length]),
    };
    // The stored checkpoint of an earlier definition means nothing to it.
    await writeFile(join(folder, "source_test.state"), '{"version":1,"connector":"test","checkpoint":5}');
    const task = start(iggy, source, {}, { checkpoints: "memory" });
    await task.reached(({ state }) => state === "retrying");
    assert.deepEqual(told, []);
    mend();
    await task.done;
    assert.deepEqual(told, [
      [10, 10],
      [20, 20],
    ]);
    assert.deepEqual(asked, [undefined, 10]);
    assert.equal(await storedCheckpoint(), 5);
  });

  it("sends the same messages again until Iggy confirms them, and polls only then", async () => {
    const iggy = new FakeIggy();
    const asked: (number | undefined)[] = [];
    const inner = counting(20);
    iggy.fail("send", new FakeIggyError(8, "Disconnected"), 4);
    const task = start(iggy, {
      poll(context) {
        asked.push(context.checkpoint);
        return inner.poll(context);
      },
    });
    const retrying = await task.reached(({ state }) => state === "retrying");
    assert.equal(retrying.messagesInFlight, 10);
    await task.done;
    assert.deepEqual(asked, [undefined, 10]);
    assert.deepEqual(sentTexts(iggy), numbers(0, 20));
    assert.equal(task.status.counters.retries, 4);
  });

  it("never stores a checkpoint whose messages Iggy has not confirmed", async () => {
    const iggy = new FakeIggy();
    const mend = iggy.fail("send", new FakeIggyError(8, "Disconnected"), Number.POSITIVE_INFINITY);
    const told: number[] = [];
    const source = counting(10);
    source.onDelivered = async (checkpoint) => {
      told.push(checkpoint);
    };
    const task = start(iggy, source);
    await task.reached(({ state }) => state === "retrying");
    const status = await task.stop();
    assert.equal(status.state, "stopped");
    await assert.rejects(storedCheckpoint(), { code: "ENOENT" });
    assert.deepEqual(told, []);
    mend();
    await start(iggy, counting(10)).done;
    assert.deepEqual(sentTexts(iggy), numbers(0, 10));
  });

  it("tells the source of a checkpoint only after it is stored, and again until it succeeds", async () => {
    const iggy = new FakeIggy();
    const seen: unknown[] = [];
    let failures = 2;
    const source = counting(5);
    source.onDelivered = async (checkpoint) => {
      seen.push([checkpoint, await storedCheckpoint()]);
      if (failures > 0) {
        failures -= 1;
        throw new RetryableError("origin is away");
      }
    };
    // Not completed: at an end the last telling is best effort.
    const poll = source.poll.bind(source);
    source.poll = async (context) => {
      const batch = await poll(context);
      return { ...batch, completed: false };
    };
    const task = start(iggy, source);
    await until(() => seen.length >= 3);
    await task.stop();
    assert.deepEqual(seen[0], [5, 5]);
    assert.deepEqual(seen[2], [5, 5]);
  });

  it("coalesces checkpoints to one write per interval, and writes the newest when it stops", async () => {
    const iggy = new FakeIggy();
    let writes = 0;
    const source = counting(Number.POSITIVE_INFINITY);
    source.onDelivered = async () => {
      writes += 1;
    };
    const task = start(iggy, source, { checkpoint: { path: join(folder, "source_test.state"), interval: 60_000 } });
    await until(() => iggy.sent.length > 20);
    const status = await task.stop();
    assert.equal(await storedCheckpoint(), status.counters.sent);
    assert.equal(writes, 2);
  });

  it("stops producing while the checkpoint cannot be written, and continues when it can", async () => {
    const iggy = new FakeIggy();
    const task = start(iggy, counting(Number.POSITIVE_INFINITY));
    await until(() => iggy.sent.length > 2);
    await rename(folder, `${folder}.away`);
    const failing = await task.reached(({ lastError }) => lastError?.code === "IGC_STATE_WRITE");
    assert.equal(failing.state, "retrying");
    assert.match(failing.lastError?.place ?? "", /source_test\.state$/);
    await rename(`${folder}.away`, folder);
    const before = iggy.sent.length;
    await until(() => iggy.sent.length > before);
    const status = await task.stop();
    assert.equal(await storedCheckpoint(), status.counters.sent);
  });

  it("never starts from the beginning because of a checkpoint that it cannot read", async () => {
    const path = join(folder, "source_test.state");
    await writeFile(path, '{"version":1,"connector":"test","check');
    const task = start(new FakeIggy(), counting(1));
    await task.done;
    assert.equal(task.status.state, "failed");
    assert.equal(task.status.lastError?.code, "IGC_STATE_INVALID");
    assert.equal(task.status.lastError?.place, path);
  });

  it("imports the original runtime's state, and keeps a copy of it", async () => {
    const path = join(folder, "source_test.state");
    await writeFile(path, Buffer.from([0x91, 0x05]));
    const iggy = new FakeIggy();
    const task = start(iggy, counting(8), {}, { importState: (bytes) => bytes[1] });
    await task.done;
    assert.deepEqual(sentTexts(iggy), numbers(5, 8));
    assert.deepEqual([...(await readFile(`${path}.original`))], [0x91, 0x05]);
  });

  it("repeats a failing poll with the committed checkpoint", async () => {
    const iggy = new FakeIggy();
    const asked: (number | undefined)[] = [];
    let calls = 0;
    const inner = counting(20);
    const task = start(iggy, {
      poll(context) {
        asked.push(context.checkpoint);
        calls += 1;
        if (calls === 2) throw new RetryableError("origin is away");
        if (calls === 3) throw new TypeError("bug");
        return inner.poll(context);
      },
    });
    await task.done;
    assert.equal(task.status.state, "completed");
    assert.deepEqual(asked, [undefined, 10, 10, 10]);
  });

  it("fails on a fatal poll", async () => {
    const task = start(new FakeIggy(), {
      async poll() {
        throw new FatalError("no such table", { code: "IGC_SOURCE_TABLE" });
      },
    });
    await task.done;
    assert.equal(task.status.state, "failed");
    assert.equal(task.status.lastError?.code, "IGC_SOURCE_TABLE");
  });

  it("ends a waiting poll when it stops, and abandons one that does not end", async () => {
    const polite = start(new FakeIggy(), {
      poll: ({ signal }) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
    });
    await polite.reached(({ state }) => state === "running");
    assert.equal((await polite.stop()).state, "stopped");
    const rude = start(new FakeIggy(), { poll: () => new Promise(() => {}) }, { stopTimeout: 20 });
    await rude.reached(({ state }) => state === "running");
    assert.equal((await rude.stop()).state, "stopped");
  });

  it("does not poll a source that has nothing in a busy loop", async () => {
    const iggy = new FakeIggy();
    let polls = 0;
    const task = start(iggy, {
      async poll() {
        polls += 1;
        return { messages: [] };
      },
    });
    await task.reached(({ state }) => state === "running");
    await until(() => polls >= 5);
    await task.stop();
    await assert.rejects(storedCheckpoint(), { code: "ENOENT" });
    assert.ok(polls < 50);
  });

  it("sends in requests of at most batch_length messages", async () => {
    const iggy = new FakeIggy();
    const task = start(iggy, once(numbers(0, 25).map((text) => ({ payload: Buffer.from(text) }))), {
      sourceStreams: [{ ...defaultStream(), batchLength: 10 }],
    });
    await task.done;
    assert.deepEqual(
      iggy.sent.map(({ messages }) => messages.length),
      [10, 10, 5],
    );
  });

  it("distributes messages by key, and by the partition they name", async () => {
    const iggy = new FakeIggy();
    const messages = numbers(0, 20).map((text) => ({ payload: Buffer.from(text), key: text, partition: 2 }));
    for (const partitionBy of ["key", "partition"] as const) {
      const stream = { ...defaultStream(), topic: partitionBy, partitions: 3, partitionBy };
      await rm(join(folder, "source_test.state"), { force: true });
      await start(iggy, once(messages), { sourceStreams: [stream] }).done;
    }
    for (const partition of [0, 1, 2]) {
      assert.deepEqual(
        sentTexts(iggy, "s", "key", partition),
        numbers(0, 20).filter((text) => partitionForKey(Buffer.from(text), 3) === partition),
      );
    }
    assert.deepEqual(sentTexts(iggy, "s", "partition", 2), numbers(0, 20));
  });

  it("routes messages by the stream they name, and gives the others to every stream", async () => {
    const iggy = new FakeIggy();
    const task = start(
      iggy,
      once([
        { payload: Buffer.from("a"), stream: "one" },
        { payload: Buffer.from("b"), stream: "two" },
        { payload: Buffer.from("c") },
        { payload: Buffer.from("d"), stream: "three" },
      ]),
      {
        sourceStreams: [
          { ...defaultStream(), name: "one", topic: "t1" },
          { ...defaultStream(), name: "two", topic: "t2" },
        ],
      },
    );
    await task.done;
    assert.deepEqual(sentTexts(iggy, "s", "t1"), ["a", "c"]);
    assert.deepEqual(sentTexts(iggy, "s", "t2"), ["b", "c"]);
    const { counters } = task.status;
    assert.equal(counters.produced, 4);
    assert.equal(counters.delivered, 3);
    assert.equal(counters.deadLettered, 1);
    assert.equal(counters.sent, 4);
    const headers = decodeHeaders(iggy.log("dead", "letters")[0]!.headersBytes!);
    assert.equal(headers.get("dead_letter.code")?.value, "IGC_SOURCE_STREAM_UNKNOWN");
  });

  it("encodes values, keeps headers, and dead-letters what cannot be encoded or sent", async () => {
    const iggy = new FakeIggy();
    const task = start(
      iggy,
      once([
        { payload: { a: 1 }, headers: { trace: "x" } },
        { payload: Buffer.from("not json {") },
        { payload: { b: 2 }, headers: { long: "x".repeat(300) } },
        { payload: [3] },
      ]),
      {
        sourceStreams: [{ ...defaultStream(), schema: "json" }],
        transforms: [{ type: "add_fields", fields: [{ key: "added", value: { static: true } }] }],
      },
    );
    await task.done;
    assert.equal(task.status.state, "completed");
    assert.deepEqual(sentTexts(iggy), ['{"a":1,"added":true}', "[3]"]);
    assert.equal(decodeHeaders(iggy.log("s", "t")[0]!.headersBytes!).get("trace")?.value, "x");
    const letters = iggy.log("dead", "letters");
    assert.deepEqual(
      letters.map(({ payload }) => Buffer.from(payload).toString()),
      ["not json {", '{"b":2}'],
    );
    const stages = letters.map(({ headersBytes }) => decodeHeaders(headersBytes!).get("dead_letter.stage")?.value);
    assert.deepEqual(stages, ["decode", "encode"]);
    const { counters } = task.status;
    assert.equal(counters.delivered + counters.deadLettered, counters.produced);
  });

  it("isolates the message for which Iggy refuses a request", async () => {
    const iggy = new FakeIggy();
    iggy.onSend = ({ topic, messages }) =>
      topic === "t" && messages.some(({ payload }) => Buffer.from(payload).toString() === "7")
        ? new FakeIggyError(4022, "TooBigMessagePayload", false)
        : undefined;
    const task = start(iggy, counting(20, 20));
    await task.done;
    assert.deepEqual(
      sentTexts(iggy),
      numbers(0, 20).filter((text) => text !== "7"),
    );
    assert.deepEqual(sentTexts(iggy, "dead", "letters"), ["7"]);
    assert.equal(task.status.counters.deadLettered, 1);
  });

  it("blocks with on_error = stop before anything of the batch is sent", async () => {
    const iggy = new FakeIggy();
    const task = start(iggy, once([{ payload: Buffer.from("{}") }, { payload: Buffer.from("{") }], "json"), {
      onError: "stop",
      sourceStreams: [{ ...defaultStream(), schema: "text" }],
      transforms: undefined,
    });
    const blocked = await task.reached(({ state }) => state === "blocked");
    assert.equal(blocked.counters.sent, 0);
    await task.stop();
    await assert.rejects(storedCheckpoint(), { code: "ENOENT" });
  });

  it("continues past a failed message only once its dead letter is written", async () => {
    const iggy = new FakeIggy();
    let away = true;
    iggy.onSend = ({ topic }) => (topic === "letters" && away ? new FakeIggyError(8, "Disconnected") : undefined);
    const task = start(iggy, once([{ payload: Buffer.alloc(0) }]));
    await task.reached(({ state }) => state === "blocked");
    await assert.rejects(storedCheckpoint(), { code: "ENOENT" });
    away = false;
    await task.done;
    assert.equal(await storedCheckpoint(), 1);
    assert.equal(iggy.log("dead", "letters").length, 1);
  });

  it("creates the topic again when it was deleted", async () => {
    const iggy = new FakeIggy();
    const task = start(iggy, counting(Number.POSITIVE_INFINITY));
    await until(() => iggy.sent.length > 2);
    iggy.topics.delete("s/t");
    await until(() => iggy.topics.has("s/t") && iggy.log("s", "t").length > 10);
    await task.stop();
  });

  it("logs benchmark events and fills the stage histograms", async () => {
    const task = start(new FakeIggy(), counting(10), { benchmark: true });
    await task.done;
    const event = task.logs.find(({ message }) => message === "benchmark");
    assert.equal(event?.fields?.sent_count, 10);
    assert.equal(event?.fields?.state_saved, true);
    for (const stage of ["decode", "prepare", "iggy_send", "state_save", "total"] as const) {
      assert.equal(task.status.stages[stage]?.count, 1);
    }
  });
});
