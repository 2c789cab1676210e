import assert from "node:assert/strict";
import { test } from "node:test";
import { framesOf } from "../../../test/fake-membership.ts";
import { WeightedSemaphore } from "../../concurrency/weighted-semaphore.ts";
import type { Landmark } from "./log-watch.ts";
import type { PartitionSource } from "./partition-poller.ts";
import { type PartitionHandler, PartitionReader } from "./partition-reader.ts";

type Answer = Awaited<ReturnType<PartitionSource["poll"]>> | Error;

interface Script {
  /** Answers of the polls; closed when they are used up. */
  readonly answers: Answer[];
  readonly handler?: Partial<PartitionHandler>;
  /** Milliseconds between two polls that bring nothing. */
  readonly pause?: number;
  readonly watchAfterIdle?: boolean;
  readonly landmark?: Landmark;
}

const messages = (from: number, ...texts: string[]): Answer => framesOf(0, BigInt(from), texts, 99n);
const nothing = (newest = 99): Answer => framesOf(0, 0n, [], BigInt(newest));

/** Reads until the script is used up; returns what the handler was told, in order. */
async function read({ answers, handler = {}, pause = 1, watchAfterIdle = false, landmark }: Script) {
  const closing = new AbortController();
  const buffer = new WeightedSemaphore(1_000_000);
  const events: string[] = [];
  const positions: string[] = [];
  const source: PartitionSource = {
    async poll(_partition, strategy) {
      positions.push(strategy.kind === "offset" ? String(strategy.offset) : strategy.kind);
      const answer = answers.shift();
      if (answers.length === 0) closing.abort();
      if (answer instanceof Error) throw answer;
      return answer ?? assert.fail("polled after the end");
    },
  };
  const reader: PartitionReader = new PartitionReader(
    {
      source,
      partition: 0,
      batchLength: 10,
      buffer,
      pacing: { shortest: pause, longest: pause },
      watchAfterIdle,
      closing: closing.signal,
    },
    {
      start: async () => ({ kind: "offset", next: 5n, landmark }),
      onBatch(polled) {
        events.push(`batch ${polled.frames.offset(polled.from)}`);
        buffer.release(polled.bytes);
        return true;
      },
      onRestarted: ({ next, currentOffset }) => void events.push(`restarted ${next} ${currentOffset}`),
      onFenced: () => void events.push("fenced"),
      onFailure: async (_error, attempts) => void events.push(`failed ${attempts}`),
      onRecovered: () => void events.push("recovered"),
      settled: async () => void events.push("settled"),
      ...handler,
    },
  );
  const run = reader.run().then(() => events.push("done"));
  return { reader, run, events, positions, buffer, closing };
}

test("batches are handed over in order, each read after the one before", async () => {
  const { run, events, positions, buffer } = await read({
    answers: [messages(5, "a", "b"), messages(7, "c"), nothing()],
  });
  await run;
  assert.deepEqual(events, ["batch 5", "batch 7", "settled", "done"]);
  assert.deepEqual(positions, ["5", "7", "8"]);
  assert.equal(buffer.used, 0);
});

test("a failed poll is repeated from the same position, attempts are counted until one succeeds", async () => {
  const failure = new Error("away");
  const { run, events, positions } = await read({
    answers: [failure, failure, nothing(), failure, messages(5, "a"), nothing()],
  });
  await run;
  assert.deepEqual(events, [
    "failed 1",
    "failed 2",
    "recovered",
    "failed 1",
    "recovered",
    "batch 5",
    "settled",
    "done",
  ]);
  assert.deepEqual(positions, ["5", "5", "5", "5", "5", "6"]);
});

test("a log that ends before the position is read from its first message, after what is open is settled", async () => {
  const { run, events, positions } = await read({ answers: [nothing(2), messages(0, "a"), nothing()] });
  await run;
  assert.deepEqual(events, ["settled", "restarted 5 2", "batch 0", "settled", "done"]);
  assert.deepEqual(positions, ["5", "first", "1"]);
});

test("a fence is told, and only the handler closes the partition", async () => {
  const { run, events } = await read({ answers: ["fenced", messages(5, "a"), nothing()] });
  await run;
  assert.deepEqual(events, ["fenced", "batch 5", "settled", "done"]);
});

test("reading ends when the handler wants no more", async () => {
  const { run, events, positions } = await read({
    answers: [messages(5, "a"), messages(6, "b"), nothing()],
    handler: { onBatch: () => false },
  });
  await run;
  assert.deepEqual(events, ["settled", "done"]);
  assert.equal(positions.length, 1);
});

test("a batch that was read ahead is taken while closing where the handler says so, else released", async () => {
  for (const takes of [true, false]) {
    const handed: string[] = [];
    const handler: Partial<PartitionHandler> = {
      takesReadAhead: () => takes,
      onBatch({ frames, from, bytes }) {
        handed.push(String(frames.offset(from)));
        scene.buffer.release(bytes);
        if (handed.length === 1) scene.reader.readAhead();
        scene.closing.abort();
        return true;
      },
    };
    const scene = await read({ answers: [messages(5, "a"), messages(6, "b"), nothing()], handler });
    await scene.run;
    assert.deepEqual(handed, takes ? ["5", "6"] : ["5"]);
    assert.equal(scene.buffer.used, 0);
  }
});

test("what the handler throws ends reading", async () => {
  const { run } = await read({
    answers: [new Error("gone"), nothing()],
    handler: {
      onFailure: async (error) => {
        throw error;
      },
    },
  });
  await assert.rejects(run, /gone/);
});

test("nothing is polled when no start is known before it is closed", async () => {
  const { run, events, positions } = await read({ answers: [nothing()], handler: { start: async () => undefined } });
  await run;
  assert.deepEqual(events, ["done"]);
  assert.deepEqual(positions, []);
});

test("the pause between polls of an empty partition is never shorter than asked for", async () => {
  const began = performance.now();
  const { run } = await read({ answers: [nothing(), nothing(), nothing()], pause: 20 });
  await run;
  // Timers may fire up to a millisecond early. The third poll closes, so no pause follows it.
  assert.ok(performance.now() - began >= 38);
});

/** The message that `messages` would give at this offset. */
const landmark = (offset: bigint): Landmark => ({ offset, timestamp: 1_700_000_000_000_000, id: offset + 1n });

test("a log that was replaced and has grown past the position is read from its first message", async () => {
  const { run, events, positions, buffer } = await read({
    watchAfterIdle: true,
    landmark: { ...landmark(4n), timestamp: 1 },
    answers: [nothing(4), messages(5, "f"), messages(4, "e"), messages(0, "a"), nothing()],
  });
  await run;
  assert.deepEqual(events, ["settled", "restarted 5 99", "batch 0", "settled", "done"]);
  assert.deepEqual(positions, ["5", "5", "4", "first", "1"]);
  assert.equal(buffer.used, 0);
});

test("a log whose landmark is still there, or has expired, is read on", async () => {
  for (const found of [messages(4, "e"), messages(9, "j"), "fenced" as const]) {
    const { run, events } = await read({
      watchAfterIdle: true,
      landmark: landmark(4n),
      answers: [nothing(4), messages(5, "f"), found, nothing()],
    });
    await run;
    assert.deepEqual(events, ["batch 5", "settled", "done"]);
  }
});

test("a look that fails is repeated before the batch is handed over", async () => {
  const { run, events } = await read({
    watchAfterIdle: true,
    landmark: landmark(4n),
    answers: [nothing(4), messages(5, "f"), new Error("away"), messages(4, "e"), nothing()],
  });
  await run;
  assert.deepEqual(events, ["failed 1", "recovered", "batch 5", "settled", "done"]);
});
