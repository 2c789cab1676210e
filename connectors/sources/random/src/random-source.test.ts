import assert from "node:assert/strict";
import { test } from "node:test";
import type { PollContext } from "@iggy-connectors/sdk";
import type { RandomSourceConfig } from "./config.ts";
import { RandomSource, type RandomSourceState } from "./random-source.ts";

const CONFIG: RandomSourceConfig = { interval: 0, messages_range: [10, 50], payload_size: 20 };

function context(
  checkpoint?: RandomSourceState,
  limits: Partial<PollContext<RandomSourceState>> = {},
): PollContext<RandomSourceState> {
  return { checkpoint, signal: new AbortController().signal, maxMessages: 1000, maxBytes: 1 << 20, ...limits };
}

test("a batch has a size within the range and a checkpoint that covers it", async () => {
  const batch = await new RandomSource(CONFIG).poll(context({ messages_produced: 5 }));
  assert.ok(batch.messages.length >= 10 && batch.messages.length < 50);
  assert.deepEqual(batch.checkpoint, { messages_produced: 5 + batch.messages.length });
  assert.equal(batch.more, true);
});

test("the limits of the poll are kept", async () => {
  const source = new RandomSource({ ...CONFIG, messages_range: [100, 101] });
  assert.equal((await source.poll(context(undefined, { maxMessages: 7 }))).messages.length, 7);
  const { messages } = await source.poll(context(undefined, { maxBytes: 1000 }));
  const bytes = messages.reduce((sum, { payload }) => sum + (payload as Uint8Array).length, 0);
  assert.ok(messages.length > 1 && bytes <= 1000);
  assert.equal((await source.poll(context(undefined, { maxBytes: 1 }))).messages.length, 1);
});

test("max_count counts over restarts and completes only on a committed checkpoint", async () => {
  const config = { ...CONFIG, max_count: 60, messages_range: [40, 41] as [number, number] };
  const first = await new RandomSource(config).poll(context({ messages_produced: 0 }));
  assert.equal(first.messages.length, 40);
  const last = await new RandomSource(config).poll(context(first.checkpoint));
  assert.equal(last.messages.length, 20);
  assert.notEqual(last.completed, true);
  const end = await new RandomSource(config).poll(context(last.checkpoint));
  assert.deepEqual(end, { messages: [], completed: true });
});

test("asked again with the same checkpoint it gives the same records", async () => {
  const source = new RandomSource(CONFIG);
  const checkpoint = { messages_produced: 10 };
  const once = await source.poll(context(checkpoint));
  assert.deepEqual(await source.poll(context(checkpoint)), once);
});

test("with a seed messages have ids that another process repeats, without there are none", async () => {
  const seeded = { ...CONFIG, seed: "s" };
  const one = await new RandomSource(seeded).poll(context());
  const other = await new RandomSource(seeded).poll(context());
  assert.equal(typeof one.messages[0]?.id, "bigint");
  assert.deepEqual(one, other);
  const unseeded = await new RandomSource(CONFIG).poll(context());
  assert.ok(unseeded.messages.every((message) => message.id === undefined));
});

test("the first batch comes at once, the next waits and can be aborted", async () => {
  const source = new RandomSource({ ...CONFIG, interval: 3_600_000 });
  const first = await source.poll(context());
  assert.ok(first.messages.length > 0);
  assert.notEqual(first.more, true);
  const controller = new AbortController();
  const waiting = source.poll(context(first.checkpoint, { signal: controller.signal }));
  setImmediate(() => controller.abort());
  assert.deepEqual(await waiting, { messages: [] });
});
