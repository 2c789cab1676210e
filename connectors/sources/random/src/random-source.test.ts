import assert from "node:assert/strict";
import { test } from "node:test";
import { isPacked, messageList, type PollContext, type ProducedBatch } from "@iggy-connectors/sdk";
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
  const bytes = messageList(messages).reduce((sum, { payload }) => sum + (payload as Uint8Array).length, 0);
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
  assert.equal(typeof messageList(one.messages)[0]?.id, "bigint");
  assert.deepEqual(one, other);
  const unseeded = await new RandomSource(CONFIG).poll(context());
  assert.ok(messageList(unseeded.messages).every((message) => message.id === undefined));
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

test("the memory of a batch that has ended is written again, with what a batch in memory of its own has", async () => {
  for (const seed of ["s", undefined]) {
    const source = new RandomSource({ ...CONFIG, ...(seed === undefined ? {} : { seed }), messages_range: [50, 51] });
    const packed = ({ messages }: ProducedBatch) => {
      assert.ok(isPacked(messages));
      return messages;
    };
    const first = packed(await source.poll(context()));
    const expected = messageList(packed(await source.poll(context({ messages_produced: 50 }, { maxMessages: 30 }))));
    const copy = expected.map(({ payload, id }) => [Buffer.from(payload as Uint8Array), id]);
    const again = packed(await source.poll(context({ messages_produced: 50 }, { maxMessages: 30, spent: first })));
    assert.equal(again.bytes, first.bytes);
    assert.deepEqual(
      messageList(again).map(({ payload, id }) => [Buffer.from(payload as Uint8Array), id]),
      copy,
    );
    const larger = await source.poll(context({ messages_produced: 9 }, { spent: packed({ messages: oneByte() }) }));
    assert.equal(larger.messages.length, 50, "memory that is too small is not used");
  }
});

/** One short message. */
function oneByte() {
  return { length: 1, bytes: Buffer.from("1"), starts: Uint32Array.of(0), ends: Uint32Array.of(1) };
}
