import assert from "node:assert/strict";
import { test } from "node:test";
import type { IggyClient } from "@iggy-connectors/client";
import type { HeaderValue, MessageFrames, PollingStrategy } from "@iggy-connectors/protocol";
import { ServerUnderTest } from "./server-under-test.ts";

interface Place {
  readonly stream: string;
  readonly topic: string;
}

function sendTo(client: IggyClient, place: Place, partition: number, texts: readonly string[]) {
  const messages = texts.map((text) => ({ payload: Buffer.from(text) }));
  return client.sendMessages({ ...place, partitioning: { kind: "partition", partition }, messages });
}

async function poll(
  client: IggyClient,
  place: Place,
  strategy: PollingStrategy,
  count = 1000,
  partition = 0,
): Promise<MessageFrames> {
  return client.pollMessages({ ...place, consumer: { kind: "consumer", id: 1 }, partition, strategy, count });
}

function texts(frames: MessageFrames): string[] {
  return Array.from({ length: frames.length }, (_, index) => Buffer.from(frames.payload(index)).toString());
}

const numbered = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, index) => `m${from + index}`);

test("messages come back with ids, times and headers of every kind", async () => {
  await using server = await ServerUnderTest.start();
  const client = await server.connect();
  const place = await server.topic(client, 1);
  const headers = new Map<string, HeaderValue>([
    ["raw", { kind: "raw", value: Uint8Array.of(0, 255) }],
    ["string", { kind: "string", value: "äöü" }],
    ["bool", { kind: "bool", value: true }],
    ["int8", { kind: "int8", value: -8 }],
    ["int16", { kind: "int16", value: -16 }],
    ["int32", { kind: "int32", value: -32 }],
    ["int64", { kind: "int64", value: -64n }],
    ["int128", { kind: "int128", value: -(2n ** 100n) }],
    ["uint8", { kind: "uint8", value: 8 }],
    ["uint16", { kind: "uint16", value: 16 }],
    ["uint32", { kind: "uint32", value: 32 }],
    ["uint64", { kind: "uint64", value: 2n ** 64n - 1n }],
    ["uint128", { kind: "uint128", value: 2n ** 128n - 1n }],
    ["float32", { kind: "float32", value: 0.5 }],
    ["float64", { kind: "float64", value: 0.1 }],
  ]);
  const entries = [...headers].map(([name, value]) => ({ key: { kind: "string", value: name } as const, value }));
  const before = Date.now() * 1000;
  await client.sendMessages({
    ...place,
    messages: [
      { payload: Uint8Array.of(0, 1, 255), id: 2n ** 127n + 5n, headers: entries },
      { payload: Buffer.from("plain") },
    ],
  });
  const frames = await poll(client, place, { kind: "first" });
  assert.deepEqual([frames.length, frames.partition, frames.offset(0), frames.offset(1)], [2, 0, 0n, 1n]);
  assert.deepEqual(Uint8Array.from(frames.payload(0)), Uint8Array.of(0, 1, 255));
  assert.equal(frames.id(0), 2n ** 127n + 5n);
  assert.notEqual(frames.id(1), 0n, "who gives no id gets one");
  const found = frames.headers(0);
  for (const [name, value] of headers) {
    const { kind, value: content } = found.get(name) ?? {};
    assert.equal(kind, value.kind);
    assert.deepEqual(kind === "raw" ? Uint8Array.from(content as Uint8Array) : content, value.value, name);
  }
  assert.equal(frames.headersBytes(1).length, 0);
  // The server may run on another machine.
  assert.ok(Math.abs(frames.timestamp(0) - before) < 3_600_000_000, "microseconds");
  assert.ok(Math.abs(frames.originTimestamp(0) - before) < 60_000_000, "microseconds");
});

test("each strategy starts where it says", async () => {
  await using server = await ServerUnderTest.start();
  const client = await server.connect();
  const place = await server.topic(client, 2);
  assert.equal((await poll(client, place, { kind: "first" })).length, 0, "an empty partition");
  await sendTo(client, place, 0, numbered(0, 10));
  const first = await poll(client, place, { kind: "first" });
  // A time of its own for the second batch, by the server's clock.
  const since = first.timestamp(9);
  while (Date.now() * 1000 < since + 5000) await client.ping();
  await sendTo(client, place, 0, numbered(10, 20));
  const found = async (strategy: PollingStrategy, count = 1000): Promise<string[]> =>
    texts(await poll(client, place, strategy, count));
  assert.deepEqual(await found({ kind: "first" }, 3), numbered(0, 3));
  assert.deepEqual(await found({ kind: "first" }), numbered(0, 20));
  assert.deepEqual(await found({ kind: "last" }, 3), numbered(17, 20));
  assert.deepEqual(await found({ kind: "last" }, 15), numbered(5, 20), "over two batches");
  assert.deepEqual(await found({ kind: "offset", offset: 8n }, 4), numbered(8, 12));
  assert.deepEqual(await found({ kind: "offset", offset: 19n }), ["m19"]);
  assert.deepEqual(await found({ kind: "offset", offset: 20n }), []);
  assert.deepEqual(await found({ kind: "timestamp", timestamp: 0n }, 2), numbered(0, 2));
  const second = (await poll(client, place, { kind: "offset", offset: 10n }, 1)).timestamp(0);
  assert.deepEqual(await found({ kind: "timestamp", timestamp: BigInt(second) }), numbered(10, 20));
  assert.deepEqual(await found({ kind: "timestamp", timestamp: BigInt(second) + 3_600_000_000n }), []);
  assert.deepEqual(await found({ kind: "next" }, 2), numbered(0, 2), "nothing is stored");
  assert.equal((await poll(client, place, { kind: "first" }, 10, 1)).length, 0, "the other partition");
});

test("messages go to the partition that is asked for, by turns, or by key", async () => {
  await using server = await ServerUnderTest.start();
  const client = await server.connect();
  const place = await server.topic(client, 3);
  for (let turn = 0; turn < 6; turn++)
    await client.sendMessages({ ...place, messages: [{ payload: Buffer.from("x") }] });
  const counts = async (): Promise<bigint[]> =>
    ((await client.getTopic(place.stream, place.topic))?.partitions ?? []).map(({ messagesCount }) => messagesCount);
  assert.deepEqual(await counts(), [2n, 2n, 2n]);
  await client.purgeTopic(place.stream, place.topic);
  for (let turn = 0; turn < 5; turn++) {
    const partitioning = { kind: "key", key: Buffer.from("customer-7") } as const;
    await client.sendMessages({ ...place, partitioning, messages: [{ payload: Buffer.from("x") }] });
  }
  assert.deepEqual(
    (await counts()).filter((count) => count > 0n),
    [5n],
    "one key, one partition",
  );
  await assert.rejects(sendTo(client, place, 9, ["x"]));
  await assert.rejects(sendTo(client, { ...place, topic: "missing" }, 0, ["x"]));
  await assert.rejects(poll(client, { ...place, topic: "missing" }, { kind: "first" }));
});

test("large messages and many", async () => {
  await using server = await ServerUnderTest.start();
  const client = await server.connect();
  const place = await server.topic(client, 3);
  const large = "x".repeat(4 * 1024 * 1024);
  await sendTo(client, place, 0, [large]);
  assert.deepEqual(texts(await poll(client, place, { kind: "first" }, 10)), [large]);
  const mebibytes = Array.from({ length: 8 }, (_, index) => String(index).repeat(1024 * 1024));
  await sendTo(client, place, 1, mebibytes);
  assert.deepEqual(texts(await poll(client, place, { kind: "first" }, 10, 1)), mebibytes);
  const many = numbered(0, 20_000);
  for (let from = 0; from < many.length; from += 4000) await sendTo(client, place, 2, many.slice(from, from + 4000));
  const found: string[] = [];
  while (found.length < many.length) {
    const frames = await poll(client, place, { kind: "offset", offset: BigInt(found.length) }, 3000, 2);
    assert.notEqual(frames.length, 0);
    found.push(...texts(frames));
  }
  assert.deepEqual(found, many);
});

test("senders at once keep their batches whole", async () => {
  await using server = await ServerUnderTest.start();
  const first = await server.connect();
  const place = await server.topic(first, 1);
  const clients = [first, await server.connect(), await server.connect(), await server.connect()];
  await Promise.all(
    clients.map(async (client, sender) => {
      for (let batch = 0; batch < 20; batch++) {
        await sendTo(
          client,
          place,
          0,
          Array.from({ length: 5 }, (_, index) => `${sender}-${batch}-${index}`),
        );
      }
    }),
  );
  const stored = texts(await poll(first, place, { kind: "first" }, 1000));
  assert.equal(stored.length, 400);
  for (let from = 0; from < 400; from += 5) {
    const [sender, batch] = (stored[from] ?? "").split("-");
    assert.deepEqual(
      stored.slice(from, from + 5),
      [0, 1, 2, 3, 4].map((index) => `${sender}-${batch}-${index}`),
    );
  }
});
