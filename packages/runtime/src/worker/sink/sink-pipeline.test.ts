import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decodeHeaders } from "@iggy-connectors/protocol";
import {
  FatalError,
  type MessageBatch,
  RejectedError,
  type RejectedMessage,
  RetryableError,
  type Sink,
} from "@iggy-connectors/sdk";
import { FakeIggy, FakeIggyError } from "../../../test/task/fake-iggy.ts";
import { sinkDefinition } from "../../../test/task/plugins.ts";
import { RunningTask, taskSpec, until } from "../../../test/task/task-harness.ts";
import type { TaskSpec } from "../../shared/task/task-spec.ts";
import type { TaskStatus } from "../../shared/task/task-status.ts";

function textsOf(batch: MessageBatch): string[] {
  return Array.from({ length: batch.length }, (_, index) => Buffer.from(batch.payload(index)).toString());
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

/** Invariant 4: what was consumed is what ended plus what is open. */
function assertAddsUp({ counters, messagesInFlight }: TaskStatus): void {
  const ended = counters.delivered + counters.filtered + counters.skipped + counters.deadLettered;
  assert.equal(counters.consumed, ended + messagesInFlight);
}

const numbers = (count: number): string[] => Array.from({ length: count }, (_, index) => String(index));

describe("sink pipeline", () => {
  it("delivers each partition in order, in batches that never mix partitions, and stores what ended", async () => {
    const iggy = topic([numbers(250), numbers(7)]);
    const seen = new Map<number, string[]>();
    const task = start(iggy, {
      async consume(batch) {
        const list = seen.get(batch.partition) ?? [];
        list.push(...textsOf(batch));
        seen.set(batch.partition, list);
      },
    });
    await until(() => iggy.stored.get("s/t/0") === 249n && iggy.stored.get("s/t/1") === 6n);
    const status = await task.stop();
    assert.deepEqual(seen.get(0), numbers(250));
    assert.deepEqual(seen.get(1), numbers(7));
    assert.equal(status.state, "stopped");
    assert.equal(status.counters.delivered, 257);
    assert.equal(status.messagesInFlight, 0);
    assert.equal(status.bytesInFlight, 0);
    assertAddsUp(status);
    assert.deepEqual(iggy.left, ["s/t"]);
    for (const { place } of iggy.stores) {
      const offsets = iggy.stores.filter((store) => store.place === place).map(({ offset }) => offset);
      assert.deepEqual(
        offsets,
        [...offsets].sort((a, b) => Number(a - b)),
      );
    }
  });

  it("continues after the stored offset, or after what the target itself has, ahead or behind", async () => {
    const iggy = topic([numbers(10), numbers(10)]);
    iggy.stored.set("s/t/0", 6n);
    iggy.stored.set("s/t/1", 2n);
    const seen: string[] = [];
    const task = start(iggy, {
      committed: async ({ partition }) => (partition === 1 ? 8n : 1n),
      async consume(batch) {
        seen.push(...textsOf(batch).map((text) => `${batch.partition}:${text}`));
      },
    });
    await until(() => seen.length === 9 && iggy.stored.get("s/t/1") === 9n && iggy.stored.get("s/t/0") === 9n);
    await task.stop();
    assert.deepEqual(seen.sort(), [
      ...numbers(10)
        .slice(2)
        .map((number) => `0:${number}`),
      "1:9",
    ]);
    assert.ok(task.logs.some(({ message }) => message.startsWith("the target is behind the offset stored in Iggy")));
    assert.equal(task.status.counters.relocations, 1);
  });

  it("refuses max_in_flight above 1 where the target keeps the offsets", async () => {
    const consumed: unknown[] = [];
    const sink = { committed: async () => undefined, consume: async (batch: unknown) => void consumed.push(batch) };
    const task = start(topic([numbers(5)]), sink, { maxInFlight: 2 });
    const { lastError } = await task.reached(({ state }) => state === "failed");
    assert.equal(lastError?.code, "IGC_CONFIG_MAX_IN_FLIGHT");
    assert.deepEqual(consumed, []);
  });

  it("starts at the end with initial_offset = last, and stores that offset", async () => {
    const iggy = topic([numbers(5)]);
    const seen: string[] = [];
    const task = start(
      iggy,
      {
        async consume(batch) {
          seen.push(...textsOf(batch));
        },
      },
      { initialOffset: { kind: "last" } },
    );
    await until(() => iggy.stored.get("s/t/0") === 4n);
    iggy.append("s", "t", 0, "new");
    await until(() => seen.length > 0);
    await task.stop();
    assert.deepEqual(seen, ["new"]);
  });

  it("repeats a retryable failure until it works, and shows it in the state meanwhile", async () => {
    const iggy = topic([["a", "b"]]);
    const attempts: number[] = [];
    const task = start(iggy, {
      async consume(_batch, { attempt }) {
        attempts.push(attempt);
        if (attempt < 4) throw new RetryableError("busy", { code: "IGC_SINK_BUSY" });
      },
    });
    const retrying = await task.reached(({ state }) => state === "retrying");
    assert.equal(retrying.lastError?.code, "IGC_SINK_BUSY");
    assert.ok(retrying.retry !== undefined && retrying.retry.attempts >= 1);
    assert.equal(retrying.partitions[0]?.state, "retrying");
    assert.equal(retrying.messagesInFlight, 2);
    assertAddsUp(retrying);
    await until(() => iggy.stored.get("s/t/0") === 1n);
    const status = await task.stop();
    assert.deepEqual(attempts, [1, 2, 3, 4]);
    assert.equal(status.counters.retries, 3);
    assert.equal(status.counters.delivered, 2);
    assert.equal(status.lastError, undefined);
    assertAddsUp(status);
  });

  it("lets other partitions continue while one is being retried", async () => {
    const iggy = topic([["bad"], ["good"]]);
    let down = true;
    const task = start(iggy, {
      async consume(batch) {
        if (batch.partition === 0 && down) throw new RetryableError("away");
      },
    });
    await until(() => iggy.stored.get("s/t/1") === 0n);
    assert.equal(iggy.stored.get("s/t/0"), undefined);
    down = false;
    await until(() => iggy.stored.get("s/t/0") === 0n);
    assertAddsUp(await task.stop());
  });

  it("reports an unclassified error as a bug and repeats the call", async () => {
    const iggy = topic([["a"]]);
    const task = start(iggy, {
      async consume(_batch, { attempt }) {
        if (attempt === 1) throw new TypeError("x is undefined");
      },
    });
    await until(() => iggy.stored.get("s/t/0") === 0n);
    await task.stop();
    assert.ok(task.logs.some(({ level, message }) => level === "error" && message.includes("x is undefined")));
  });

  describe("a plugin's bug", () => {
    const seen: string[] = [];
    /** Throws at messages that begin with "bad", as `value.nope.deep` does; writes the others. */
    const buggy = (more: Partial<Sink> = {}): Sink => ({
      async consume(batch) {
        const texts = textsOf(batch);
        for (const text of texts) if (text.startsWith("bad")) (undefined as unknown as { deep: string }).deep.trim();
        seen.push(...texts);
      },
      ...more,
    });
    const errorsOf = (iggy: FakeIggy): string[] =>
      iggy
        .log("dead", "letters")
        .map(({ headersBytes }) => String(decodeHeaders(headersBytes!).get("dead_letter.error")?.value));

    for (const [where, payloads] of [
      ["first", ["bad", "b", "c"]],
      ["in the middle", ["a", "bad", "c"]],
      ["last", ["a", "b", "bad"]],
      ["at many messages", ["bad1", "a", "bad2", "b", "bad3", "bad4"]],
    ] as const) {
      it(`${where} is the message's own: its dead letter says where, the others are delivered`, async () => {
        seen.length = 0;
        const iggy = topic([[...payloads]]);
        const task = start(iggy, buggy());
        await until(() => iggy.stored.get("s/t/0") === BigInt(payloads.length - 1));
        const status = await task.stop();
        const good = payloads.filter((text) => !text.startsWith("bad"));
        assert.deepEqual(seen, good);
        assert.equal(status.counters.deadLettered, payloads.length - good.length);
        assertAddsUp(status);
        assert.match(errorsOf(iggy)[0]!, /Cannot read properties of undefined/);
      });
    }

    it("in a sink that stages is found by its flush", async () => {
      seen.length = 0;
      let staged: string[] = [];
      const iggy = topic([["a", "bad", "c"]]);
      const task = start(iggy, {
        async consume(batch) {
          staged.push(...textsOf(batch));
        },
        async flush() {
          for (const text of staged) if (text === "bad") throw new TypeError("bug");
          seen.push(...staged);
          staged = [];
        },
        async revoked() {
          staged = [];
        },
      });
      await until(() => iggy.stored.get("s/t/0") === 2n);
      const status = await task.stop();
      assert.deepEqual(seen, ["a", "c"]);
      assert.equal(status.counters.deadLettered, 1);
      assertAddsUp(status);
    });

    it("with every message is retried and said, and nothing is given up", async () => {
      seen.length = 0;
      let broken = true;
      const iggy = topic([numbers(20)]);
      const task = start(iggy, {
        async consume(batch) {
          if (broken) throw new TypeError("bug");
          seen.push(...textsOf(batch));
        },
      });
      const status = await task.reached(({ state, retry }) => state === "retrying" && (retry?.attempts ?? 0) > 3);
      assert.match(status.lastError!.message, /bug/);
      broken = false;
      await until(() => iggy.stored.get("s/t/0") === 19n);
      const { counters } = await task.stop();
      assert.deepEqual(seen, numbers(20));
      assert.equal(counters.deadLettered, 0);
    });

    it("with a message that came alone is decided by one that comes later", async () => {
      seen.length = 0;
      const iggy = topic([["bad"]]);
      const task = start(iggy, buggy());
      await task.reached(({ state, retry }) => state === "retrying" && (retry?.attempts ?? 0) > 2);
      iggy.append("s", "t", 0, "good");
      await until(() => iggy.stored.get("s/t/0") === 1n);
      const status = await task.stop();
      assert.deepEqual(seen, ["good"]);
      assert.equal(status.counters.deadLettered, 1);
      assert.equal(status.counters.consumed, 2);
      assertAddsUp(status);
    });

    it("is given to on_error once max_attempts is reached, also where nothing is delivered", async () => {
      const iggy = topic([["bad"]]);
      const { retry } = taskSpec(sinkDefinition(() => buggy()));
      const task = start(iggy, buggy(), { retry: { ...retry, maxAttempts: 10 } });
      await until(() => iggy.stored.get("s/t/0") === 0n);
      assert.equal((await task.stop()).counters.deadLettered, 1);
    });
  });

  describe("bytes that a plugin changed", () => {
    const overwrite = (batch: MessageBatch): void => {
      for (let index = 0; index < batch.length; index++) batch.payload(index).fill(0x58);
    };
    const letters = (iggy: FakeIggy): string[] =>
      iggy.log("dead", "letters").map(({ payload }) => Buffer.from(payload).toString());

    it("before it threw are what they were in the next attempt", async () => {
      const iggy = topic([numbers(300)]);
      const seen: string[] = [];
      const task = start(iggy, {
        async consume(batch, { attempt }) {
          if (attempt === 1) {
            overwrite(batch);
            throw new RetryableError("not yet");
          }
          seen.push(...textsOf(batch));
        },
      });
      await until(() => iggy.stored.get("s/t/0") === 299n);
      await task.stop();
      assert.deepEqual(seen, numbers(300));
    });

    it("before it threw are decoded again", async () => {
      const iggy = topic([['{"a":1}', '{"a":2}']]);
      const seen: unknown[] = [];
      const task = start(
        iggy,
        {
          async consume(batch, { attempt }) {
            for (const { value } of batch) {
              if (attempt === 1) (value as { a: number }).a = 99;
              else seen.push((value as { a: number }).a);
            }
            if (attempt === 1) throw new RetryableError("not yet");
          },
        },
        jsonStream(),
      );
      await until(() => iggy.stored.get("s/t/0") === 1n);
      await task.stop();
      assert.deepEqual(seen, [1, 2]);
    });

    it("are what they were in dead letters, in whichever way the message was refused", async () => {
      const refusals: Sink[] = [
        {
          async consume(batch) {
            overwrite(batch);
            throw new RejectedError("no");
          },
        },
        {
          async consume(batch) {
            overwrite(batch);
            return { rejected: [...batch].map(({ offset }) => ({ offset, error: new RejectedError("no") })) };
          },
        },
        {
          async consume(batch) {
            overwrite(batch);
          },
          async flush() {
            throw new RejectedError("no");
          },
        },
      ];
      for (const sink of refusals) {
        const iggy = topic([["first", "second"]]);
        const task = start(iggy, sink);
        await until(() => iggy.stored.get("s/t/0") === 1n);
        await task.stop();
        assert.deepEqual(letters(iggy), ["first", "second"]);
      }
    });
  });

  it("does not count messages as written that a refused flush made the sink discard", async () => {
    const iggy = topic([["1", "2", "{", "3"]]);
    const written: string[] = [];
    let staged: string[] = [];
    let flushes = 0;
    // The dead letter in the second batch is written only after a flush of both was refused.
    iggy.onSend = () => (flushes === 0 ? new FakeIggyError(8, "Disconnected") : undefined);
    const { sinkStreams, ...rest } = jsonStream();
    const task = start(
      iggy,
      {
        async consume(batch) {
          staged.push(...textsOf(batch));
        },
        async flush() {
          flushes += 1;
          if (flushes === 1) throw new RejectedError("one of them is not liked");
          written.push(...staged);
          staged = [];
        },
        async revoked() {
          staged = [];
        },
      },
      {
        ...rest,
        sinkStreams: sinkStreams!.map((stream) => ({ ...stream, batchLength: 2 })),
        flush: { interval: 50, bytes: 0, messages: 0 },
      },
    );
    await until(() => iggy.stored.get("s/t/0") === 3n);
    await task.stop();
    assert.deepEqual(written, ["1", "2", "3"]);
    assert.equal(iggy.log("dead", "letters").length, 1);
  });

  it("writes dead letters before a target that keeps offsets records that it is past their messages", async () => {
    const iggy = topic([["1", "bad", "3"]]);
    let refusals = 3;
    iggy.onSend = () => (refusals-- > 0 ? new FakeIggyError(8, "Disconnected") : undefined);
    const lettersAtFlush: number[] = [];
    let recorded: bigint | undefined;
    let staged: bigint | undefined;
    const task = start(iggy, {
      committed: async () => recorded,
      async consume(batch) {
        staged = batch.lastOffset;
        const bad = [...batch].filter(({ payload }) => Buffer.from(payload).toString() === "bad");
        return { rejected: bad.map(({ offset }) => ({ offset, error: new RejectedError("no") })) };
      },
      async flush() {
        lettersAtFlush.push(iggy.topics.has("dead/letters") ? iggy.log("dead", "letters").length : 0);
        recorded = staged;
      },
    });
    await until(() => iggy.stored.get("s/t/0") === 2n);
    await task.stop();
    assert.equal(lettersAtFlush[0], 1);
  });

  it("dead-letters the messages that the sink names, with where they came from and why", async () => {
    const iggy = topic([["a", "bad", "c"]]);
    const task = start(iggy, {
      async consume(batch) {
        const rejected: RejectedMessage[] = [];
        for (const message of batch) {
          if (Buffer.from(message.payload).toString() !== "bad") continue;
          rejected.push({ offset: message.offset, error: new RejectedError("not liked", { code: "IGC_SINK_TASTE" }) });
        }
        return { rejected };
      },
    });
    await until(() => iggy.stored.get("s/t/0") === 2n);
    const status = await task.stop();
    assert.equal(status.counters.delivered, 2);
    assert.equal(status.counters.deadLettered, 1);
    assertAddsUp(status);
    const [letter] = iggy.log("dead", "letters");
    assert.equal(Buffer.from(letter!.payload).toString(), "bad");
    const headers = decodeHeaders(letter!.headersBytes!);
    const value = (name: string) => headers.get(`dead_letter.${name}`)?.value;
    assert.equal(value("version"), 1);
    assert.equal(value("connector"), "test");
    assert.equal(value("stage"), "consume");
    assert.equal(value("code"), "IGC_SINK_TASTE");
    assert.equal(value("error"), "not liked");
    assert.equal(value("offset"), 1n);
    assert.equal(value("partition"), 0);
    assert.equal(value("id"), 2n);
  });

  it("halves a batch that is refused as a whole until the bad messages are alone", async () => {
    const payloads = numbers(100).map((text) => (text === "17" || text === "64" ? "bad" : text));
    const iggy = topic([payloads]);
    const written: string[] = [];
    const task = start(iggy, {
      async consume(batch) {
        const texts = textsOf(batch);
        if (texts.includes("bad")) throw new RejectedError("refused");
        written.push(...texts);
      },
    });
    await until(() => iggy.stored.get("s/t/0") === 99n);
    const status = await task.stop();
    assert.deepEqual(
      written,
      payloads.filter((text) => text !== "bad"),
    );
    assert.equal(status.counters.deadLettered, 2);
    assert.equal(iggy.log("dead", "letters").length, 2);
    assertAddsUp(status);
  });

  it("never counts a message as written when the sink rejects one that it was not given", async () => {
    const iggy = topic([["a"]]);
    const task = start(iggy, {
      consume: async () => ({ rejected: [{ offset: 77n, error: new Error("?") }] }),
    });
    await task.reached(({ state }) => state === "retrying");
    const status = await task.stop();
    assert.equal(status.counters.delivered, 0);
    assert.equal(iggy.stored.size, 0);
  });

  it("skips with on_error = skip, counted and logged", async () => {
    const iggy = topic([["{", "{}"]]);
    const task = start(iggy, { async consume() {} }, { ...jsonStream(), onError: "skip" });
    await until(() => iggy.stored.get("s/t/0") === 1n);
    const status = await task.stop();
    assert.equal(status.counters.skipped, 1);
    assert.equal(status.counters.delivered, 1);
    assert.ok(task.logs.some(({ message }) => message.startsWith("message skipped")));
    assertAddsUp(status);
  });

  it("blocks the partition at the message with on_error = stop, after what comes before it", async () => {
    const iggy = topic([["1", "2", "{", "4"], ["5"]]);
    const seen: string[] = [];
    const task = start(
      iggy,
      {
        async consume(batch) {
          seen.push(...textsOf(batch));
        },
      },
      { ...jsonStream(), onError: "stop" },
    );
    const blocked = await task.reached(({ state }) => state === "blocked");
    assert.equal(blocked.partitions.find(({ partition }) => partition === 0)?.state, "blocked");
    await until(() => iggy.stored.get("s/t/0") === 1n && iggy.stored.get("s/t/1") === 0n);
    await task.stop();
    assert.deepEqual(seen.sort(), ["1", "2", "5"]);
    assert.equal(iggy.stored.get("s/t/0"), 1n);
  });

  it("blocks the partition while its dead letter cannot be written, and passes it when it can", async () => {
    const iggy = topic([["1", "{", "3"]]);
    let away = true;
    iggy.onSend = () => (away ? new FakeIggyError(8, "Disconnected") : undefined);
    const task = start(iggy, { async consume() {} }, jsonStream());
    const blocked = await task.reached(({ state }) => state === "blocked");
    assert.equal(blocked.lastError?.code, "IGC_IGGY_DISCONNECTED");
    assert.equal(iggy.stored.get("s/t/0"), undefined);
    away = false;
    await until(() => iggy.stored.get("s/t/0") === 2n);
    const status = await task.stop();
    assert.equal(status.counters.deadLettered, 1);
    assertAddsUp(status);
  });

  it("stores the prefix before a dead letter that could not be written when it stops", async () => {
    const iggy = topic([["1", "2", "{", "4"]]);
    iggy.onSend = () => new FakeIggyError(8, "Disconnected");
    const task = start(iggy, { async consume() {} }, jsonStream());
    await task.reached(({ state }) => state === "blocked");
    await task.stop();
    assert.equal(iggy.stored.get("s/t/0"), 1n);
  });

  it("gives a whole batch to on_error once max_attempts is reached", async () => {
    const iggy = topic([["a", "b"]]);
    const task = start(
      iggy,
      {
        async consume() {
          throw new RetryableError("away");
        },
      },
      { retry: { ...taskSpec(sinkDefinition(() => ({ async consume() {} }))).retry, maxAttempts: 3 } },
    );
    await until(() => iggy.stored.get("s/t/0") === 1n);
    const status = await task.stop();
    assert.equal(status.counters.deadLettered, 2);
    const headers = decodeHeaders(iggy.log("dead", "letters")[0]!.headersBytes!);
    assert.equal(headers.get("dead_letter.attempts")?.value, 3);
  });

  it("fails on a fatal error without moving the offset", async () => {
    const iggy = topic([["a"]]);
    const task = start(iggy, {
      async consume() {
        throw new FatalError("wrong password", { code: "IGC_SINK_AUTH", fix: "correct it" });
      },
    });
    await task.done;
    assert.equal(task.status.state, "failed");
    assert.equal(task.status.lastError?.code, "IGC_SINK_AUTH");
    assert.equal(task.status.lastError?.fix, "correct it");
    assert.equal(iggy.stored.size, 0);
    assert.equal(task.events.at(-1)?.type, "ended");
  });

  it("aborts a consume at consume_timeout and repeats it only after it has ended", async () => {
    const iggy = topic([["a"]]);
    let inside = 0;
    let most = 0;
    const task = start(
      iggy,
      {
        async consume(_batch, { attempt, signal }) {
          inside += 1;
          most = Math.max(most, inside);
          try {
            if (attempt > 1) return;
            await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
            await new Promise((resolve) => setTimeout(resolve, 20));
            throw signal.reason;
          } finally {
            inside -= 1;
          }
        },
      },
      { consumeTimeout: 10 },
    );
    const late = await task.reached(({ lastError }) => lastError?.code === "IGC_PLUGIN_TIMEOUT");
    assert.equal(late.state, "retrying");
    await until(() => iggy.stored.get("s/t/0") === 0n);
    await task.stop();
    assert.equal(most, 1);
  });

  it("keeps posting its status while a consume hangs, and abandons it unstored at the end of stop_timeout", async () => {
    const iggy = topic([["a"]]);
    let called = false;
    const task = start(
      iggy,
      {
        consume() {
          called = true;
          return new Promise(() => {});
        },
      },
      { stopTimeout: 30 },
    );
    await until(() => called);
    const hanging = await task.reached(({ messagesInFlight }) => messagesInFlight === 1);
    assert.equal(hanging.state, "running");
    const status = await task.stop();
    assert.equal(status.state, "stopped");
    assert.equal(status.counters.delivered, 0);
    assert.equal(iggy.stored.size, 0);
  });

  it("finishes the open batch when it stops", async () => {
    const iggy = topic([["a"]]);
    let release: (() => void) | undefined;
    const task = start(iggy, {
      consume: () => new Promise((resolve) => (release = () => resolve(undefined))),
    });
    await until(() => release !== undefined);
    const stopped = task.stop();
    await task.reached(({ state }) => state === "stopping");
    release?.();
    const status = await stopped;
    assert.equal(status.counters.delivered, 1);
    assert.equal(iggy.stored.get("s/t/0"), 0n);
  });

  it("waits for a missing topic, says what to create, and starts when it is there", async () => {
    const iggy = new FakeIggy();
    const task = start(iggy, { async consume() {} });
    const waiting = await task.reached(({ lastError }) => lastError !== undefined);
    assert.equal(waiting.state, "starting");
    assert.equal(waiting.lastError?.code, "IGC_IGGY_TOPIC_MISSING");
    assert.match(waiting.lastError?.fix ?? "", /create stream "s" with topic "t"/);
    iggy.createTopicSync("s", "t");
    iggy.append("s", "t", 0, "a");
    await until(() => iggy.stored.get("s/t/0") === 0n);
    await task.reached(({ state }) => state === "running");
    await task.stop();
  });

  it("creates the topic when create is set", async () => {
    const iggy = new FakeIggy();
    const [stream] = taskSpec(sinkDefinition(() => ({ async consume() {} }))).sinkStreams;
    const task = start(iggy, { async consume() {} }, { sinkStreams: [{ ...stream!, create: true, partitions: 3 }] });
    await task.reached(({ state }) => state === "running");
    assert.equal(iggy.topics.get("s/t")?.partitions.length, 3);
    await task.stop();
  });

  it("survives failing polls and stores", async () => {
    const iggy = topic([numbers(20)]);
    iggy.fail("poll", new FakeIggyError(8, "Disconnected"), 3);
    iggy.fail("store", new FakeIggyError(8, "Disconnected"), 2);
    const task = start(iggy, { async consume() {} });
    await task.reached(({ state }) => state === "retrying");
    await until(() => iggy.stored.get("s/t/0") === 19n);
    const status = await task.stop();
    assert.equal(status.counters.delivered, 20);
    assertAddsUp(status);
  });

  it("starts a purged topic at its first message again, and resets the sink", async () => {
    const iggy = topic([["new"]]);
    iggy.stored.set("s/t/0", 41n);
    const resets: bigint[] = [];
    const seen: string[] = [];
    const task = start(iggy, {
      async consume(batch) {
        seen.push(...textsOf(batch));
      },
      async reset(_partition, next) {
        resets.push(next);
      },
    });
    await until(() => iggy.stored.get("s/t/0") === 0n);
    await task.stop();
    assert.deepEqual(seen, ["new"]);
    assert.deepEqual(resets, [0n]);
    assert.ok(task.logs.some(({ level, message }) => level === "warn" && message.includes("purged")));
  });

  it("follows a topic that is deleted and recreated", async () => {
    const iggy = topic([["old"]]);
    const seen: string[] = [];
    const task = start(iggy, {
      async consume(batch) {
        seen.push(...textsOf(batch));
      },
    });
    await until(() => iggy.stored.get("s/t/0") === 0n);
    iggy.topics.delete("s/t");
    iggy.stored.clear();
    await task.reached(({ lastError }) => lastError?.code === "IGC_IGGY_TOPIC_MISSING");
    iggy.createTopicSync("s", "t");
    iggy.append("s", "t", 0, "new");
    await until(() => iggy.stored.get("s/t/0") === 0n);
    const status = await task.stop();
    assert.deepEqual(seen, ["old", "new"]);
    assert.equal(status.counters.delivered, 2);
  });

  it("isolates a message whose headers cannot be read", async () => {
    const iggy = topic([["a"]]);
    iggy.append("s", "t", 0, { payload: Buffer.from("broken"), headersBytes: Buffer.from("no header block") }, "c");
    const seen: string[] = [];
    const task = start(iggy, {
      async consume(batch) {
        for (const message of batch) assert.equal(message.headers.size, 0);
        seen.push(...textsOf(batch));
      },
    });
    await until(() => iggy.stored.get("s/t/0") === 2n);
    const status = await task.stop();
    assert.deepEqual(seen, ["a", "c"]);
    assert.equal(status.counters.deadLettered, 1);
    const headers = decodeHeaders(iggy.log("dead", "letters")[0]!.headersBytes!);
    assert.equal(headers.get("dead_letter.dropped_headers")?.value, 1);
  });

  it("stops at once while the connection is lost: nothing that is open could end", async () => {
    const iggy = topic([["a"]]);
    let called = false;
    let aborted = false;
    const task = start(
      iggy,
      {
        consume(_batch, { signal }) {
          called = true;
          return new Promise((_, reject) =>
            signal.addEventListener("abort", () => {
              aborted = true;
              reject(signal.reason);
            }),
          );
        },
      },
      { stopTimeout: 60_000 },
    );
    await until(() => called);
    iggy.listener?.onLost(new FakeIggyError(8, "Disconnected"));
    await task.reached(({ state, lastError }) => state === "retrying" && lastError?.code === "IGC_IGGY_DISCONNECTED");
    const status = await task.stop();
    assert.equal(status.state, "stopped");
    assert.equal(aborted, true);
    assert.deepEqual(iggy.stores, []);
  });

  it("ignores a stop after its end", async () => {
    const iggy = topic([["a"]]);
    const task = start(iggy, {
      async consume() {
        throw new FatalError("no");
      },
    });
    await task.done;
    assert.equal((await task.stop()).state, "failed");
  });

  it("opens the plugin with retries, closes it at the end", async () => {
    const iggy = topic([["a"]]);
    let up = false;
    let closed = 0;
    const task = start(iggy, {
      async open() {
        if (!up) throw new RetryableError("not up yet", { code: "IGC_SINK_DOWN" });
      },
      async consume() {},
      async close() {
        closed += 1;
      },
    });
    const waiting = await task.reached(({ lastError }) => lastError?.code === "IGC_SINK_DOWN");
    assert.equal(waiting.state, "starting");
    up = true;
    await until(() => iggy.stored.get("s/t/0") === 0n);
    await task.stop();
    assert.equal(closed, 1);
  });

  it("connects however long it takes", async () => {
    const iggy = topic([["a"]]);
    const mend = iggy.fail("connect", new FakeIggyError(9, "CannotEstablishConnection"), Number.POSITIVE_INFINITY);
    const task = start(iggy, { async consume() {} });
    await task.reached(({ lastError }) => lastError?.code === "IGC_IGGY_CANNOT_ESTABLISH_CONNECTION");
    mend();
    await until(() => iggy.stored.get("s/t/0") === 0n);
    await task.stop();
  });

  it("stops while it cannot connect", async () => {
    const iggy = new FakeIggy();
    iggy.fail("connect", new FakeIggyError(9, "CannotEstablishConnection"), Number.POSITIVE_INFINITY);
    const task = start(iggy, { async consume() {} });
    await task.reached(({ lastError }) => lastError !== undefined);
    const status = await task.stop();
    assert.equal(status.state, "stopped");
  });

  it("processes a batch that is larger than buffer_bytes alone", async () => {
    const iggy = topic([["x".repeat(5000), "y".repeat(5000)], ["z".repeat(5000)]]);
    const task = start(iggy, { async consume() {} }, { bufferBytes: 1024 });
    await until(() => iggy.stored.get("s/t/0") === 1n && iggy.stored.get("s/t/1") === 0n);
    const status = await task.stop();
    assert.equal(status.counters.delivered, 3);
    assert.equal(status.bytesInFlight, 0);
  });

  it("has max_in_flight_partitions partitions in the plugin, and no partition twice", async () => {
    const iggy = topic([numbers(5), numbers(5), numbers(5), numbers(5)]);
    const inside = new Set<number>();
    let most = 0;
    let twice = false;
    const task = start(
      iggy,
      {
        async consume(batch) {
          twice ||= inside.has(batch.partition);
          inside.add(batch.partition);
          most = Math.max(most, inside.size);
          await new Promise((resolve) => setImmediate(resolve));
          inside.delete(batch.partition);
        },
      },
      { maxInFlightPartitions: 2 },
    );
    await until(() => [0, 1, 2, 3].every((partition) => iggy.stored.get(`s/t/${partition}`) === 4n));
    await task.stop();
    assert.equal(most, 2);
    assert.equal(twice, false);
  });

  it("logs one benchmark event per batch and fills the stage histograms", async () => {
    const iggy = topic([["a", "b"]]);
    const task = start(iggy, { async consume() {} }, { benchmark: true });
    await until(() => iggy.stored.get("s/t/0") === 1n);
    const status = await task.stop();
    const event = task.logs.find(({ message }) => message === "benchmark");
    assert.equal(event?.fields?.batch_size, 2);
    assert.equal(event?.fields?.processed_count, 2);
    assert.equal(typeof event?.fields?.total_us, "number");
    for (const stage of ["decode", "prepare", "ffi", "total"] as const) assert.equal(status.stages[stage]?.count, 1);
  });
});

function jsonStream(): Partial<TaskSpec> {
  const [stream] = taskSpec(sinkDefinition(() => ({ async consume() {} }))).sinkStreams;
  return { sinkStreams: [{ ...stream!, schema: "json" }] };
}
