import assert from "node:assert/strict";
import { test } from "node:test";
import {
  createPartitions,
  deleteConsumerOffset,
  deletePartitions,
  encodeSendMessages,
  getConsumerOffset,
  getTopic,
  type MessageFrames,
  type Partitioning,
  type PollingStrategy,
  pollMessages,
  purgeTopic,
  sendMessages,
  stampRequest,
  storeConsumerOffset,
} from "@iggy-connectors/protocol";
import type { RawClient } from "./raw-client.ts";
import { makeTopic, testClient, testServer } from "./with-server.ts";

const TOPIC = { stream: "stream", topic: "topic" } as const;
const CONSUMER = { kind: "consumer", id: "reader" } as const;

function poll(
  client: RawClient,
  strategy: PollingStrategy,
  count: number,
  { autoCommit = false, partition = 0 }: { autoCommit?: boolean; partition?: number } = {},
): Promise<MessageFrames> {
  return client.call(pollMessages, { ...TOPIC, consumer: CONSUMER, partition, strategy, count, autoCommit });
}

function texts(frames: MessageFrames): string[] {
  return Array.from({ length: frames.length }, (_, index) => Buffer.from(frames.payload(index)).toString());
}

function numbered(from: number, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `m${from + index}`);
}

test("every strategy starts where it should and cuts records", async (t) => {
  const server = await testServer(t);
  const client = await testClient(t, server);
  await makeTopic(client);
  assert.deepEqual(texts(await poll(client, { kind: "first" }, 10)), []);
  for (let batch = 0; batch < 5; batch++) {
    assert.equal(await client.send("stream", "topic", 0, numbered(batch * 10, 10)), BigInt(batch * 10));
  }
  assert.deepEqual(texts(await poll(client, { kind: "first" }, 3)), numbered(0, 3));
  assert.deepEqual(texts(await poll(client, { kind: "offset", offset: 7n }, 6)), numbered(7, 6));
  assert.deepEqual(texts(await poll(client, { kind: "offset", offset: 45n }, 100)), numbered(45, 5));
  assert.deepEqual(texts(await poll(client, { kind: "offset", offset: 50n }, 10)), []);
  assert.deepEqual(texts(await poll(client, { kind: "offset", offset: 2n ** 64n - 1n }, 10)), []);
  assert.deepEqual(texts(await poll(client, { kind: "last" }, 4)), numbered(46, 4));
  assert.deepEqual(texts(await poll(client, { kind: "last" }, 1000)), numbered(0, 50));
  assert.deepEqual(texts(await poll(client, { kind: "first" }, 0)), []);
  const past = await poll(client, { kind: "offset", offset: 50n }, 1);
  assert.deepEqual([past.partition, past.currentOffset], [0, 49n]);
});

test("a poll by time starts with the first whole batch stamped at or after it", async (t) => {
  const server = await testServer(t);
  const client = await testClient(t, server);
  await makeTopic(client);
  await client.send("stream", "topic", 0, numbered(0, 3));
  await client.send("stream", "topic", 0, numbered(3, 3));
  const all = await poll(client, { kind: "first" }, 10);
  const second = BigInt(all.timestamp(3));
  assert.ok(all.timestamp(0) < all.timestamp(3));
  assert.deepEqual(texts(await poll(client, { kind: "timestamp", timestamp: 0n }, 2)), numbered(0, 2));
  assert.deepEqual(texts(await poll(client, { kind: "timestamp", timestamp: second }, 10)), numbered(3, 3));
  assert.deepEqual(texts(await poll(client, { kind: "timestamp", timestamp: second + 1n }, 10)), []);
});

test("next continues after the stored offset, which may go back, never beyond the end", async (t) => {
  const server = await testServer(t);
  const client = await testClient(t, server);
  await makeTopic(client);
  const target = { ...TOPIC, consumer: CONSUMER, partition: 0 };
  assert.equal(await client.call(getConsumerOffset, target), undefined);
  await assert.rejects(client.call(storeConsumerOffset, { ...target, offset: 0n }), { code: 4100 });
  await client.send("stream", "topic", 0, numbered(0, 10));
  assert.deepEqual(texts(await poll(client, { kind: "next" }, 2)), numbered(0, 2));
  assert.deepEqual(texts(await poll(client, { kind: "next" }, 2)), numbered(0, 2));
  assert.deepEqual(texts(await poll(client, { kind: "next" }, 4, { autoCommit: true })), numbered(0, 4));
  assert.deepEqual(await client.call(getConsumerOffset, target), { partition: 0, currentOffset: 9n, storedOffset: 3n });
  assert.deepEqual(texts(await poll(client, { kind: "next" }, 2)), numbered(4, 2));
  // An auto-commit never lowers what is stored; a store does.
  await poll(client, { kind: "first" }, 1, { autoCommit: true });
  assert.equal((await client.call(getConsumerOffset, target))?.storedOffset, 3n);
  await client.call(storeConsumerOffset, { ...target, offset: 0n });
  assert.deepEqual(texts(await poll(client, { kind: "next" }, 1)), ["m1"]);
  await assert.rejects(client.call(storeConsumerOffset, { ...target, offset: 10n }), { code: 4100 });
  await client.call(deleteConsumerOffset, target);
  await assert.rejects(client.call(deleteConsumerOffset, target), { code: 3021 });
  assert.deepEqual(texts(await poll(client, { kind: "next" }, 1)), ["m0"]);
});

test("a named consumer is the one of its name's hash", async (t) => {
  const server = await testServer(t);
  const client = await testClient(t, server);
  await makeTopic(client);
  await client.send("stream", "topic", 0, numbered(0, 3));
  const named = { ...TOPIC, consumer: { kind: "consumer", id: "alpha" }, partition: 0 } as const;
  await client.call(storeConsumerOffset, { ...named, offset: 2n });
  // 1409586120 is the reference vector of XXH32("alpha").
  const numeric = { ...TOPIC, consumer: { kind: "consumer", id: 1409586120 } } as const;
  assert.equal((await client.call(getConsumerOffset, numeric))?.storedOffset, 2n);
});

test("the server chooses partitions in turn or by key where the client leaves it the choice", async (t) => {
  const server = await testServer(t);
  const client = await testClient(t, server);
  await makeTopic(client, 3);
  const send = async (partitioning: Partitioning): Promise<number | undefined> => {
    const frame = encodeSendMessages({ ...TOPIC, partitioning, messages: [{ payload: Buffer.from("m") }] }, 1);
    stampRequest(frame, { client: client.clientId, session: client.session, request: client.nextRequest++ });
    return client.read(sendMessages, await client.raw(frame))[0]?.partition;
  };
  const balanced = [
    await send({ kind: "balanced" }),
    await send({ kind: "balanced" }),
    await send({ kind: "balanced" }),
  ];
  assert.deepEqual(balanced, [0, 1, 2]);
  for (const [key, partition] of [
    ["alpha", 0],
    ["beta", 1],
    ["gamma", 0],
    ["user-123", 1],
  ] as const) {
    assert.equal(await send({ kind: "key", key: Buffer.from(key) }), partition);
  }
  await assert.rejects(send({ kind: "partition", partition: 3 }), { code: 20 });
});

test("the same send again is acknowledged and not stored; another batch under its number is stored", async (t) => {
  const server = await testServer(t);
  const client = await testClient(t, server);
  await makeTopic(client);
  const first = client.sendFrame("stream", "topic", 0, ["a"]);
  const reply = await client.raw(first);
  const again = await client.raw(first);
  assert.equal(client.read(sendMessages, reply)[0]?.baseOffset, 0n);
  assert.equal(client.read(sendMessages, again)[0]?.baseOffset, 0n);
  client.nextRequest--;
  assert.equal(await client.send("stream", "topic", 0, ["b"]), 1n);
  assert.deepEqual(texts(await poll(client, { kind: "first" }, 10)), ["a", "b"]);
});

test("a batch that is not what it says is refused with its code and nothing is stored", async (t) => {
  const server = await testServer(t);
  const client = await testClient(t, server);
  await makeTopic(client);
  const record = client.sendFrame("stream", "topic", 0, ["a"]).length - 256 - 48 - 1;
  const changes: [string, number, (frame: Buffer) => void][] = [
    ["payload", 4027, (frame) => frame.writeUInt8(0x7a, frame.length - 1)],
    ["batch checksum", 4039, (frame) => frame.writeUInt8(frame.readUInt8(record + 40) ^ 1, record + 40)],
    ["reserved", 4101, (frame) => frame.writeUInt8(1, record + 100)],
    ["record count", 3, (frame) => frame.writeUInt32LE(2, record + 48)],
    ["message count", 3, (frame) => frame.writeUInt32LE(2, record - 4)],
    ["record length", 3, (frame) => frame.writeUInt32LE(9999, record + 32)],
    ["metadata length", 3, (frame) => frame.writeUInt32LE(3, 256)],
  ];
  for (const [what, code, change] of changes) {
    const frame = client.sendFrame("stream", "topic", 0, ["a"]);
    change(frame);
    const reply = await client.raw(frame);
    assert.equal(reply.kind === "reply" && reply.header.status, code, what);
  }
  assert.equal((await client.call(getTopic, TOPIC))?.messagesCount, 0n);
});

test("a body that cannot be decoded is answered, not dropped", async (t) => {
  const server = await testServer(t);
  const client = await testClient(t, server);
  await makeTopic(client);
  const frame = client.frame(pollMessages, {
    ...TOPIC,
    consumer: CONSUMER,
    strategy: { kind: "first" },
    count: 1,
    autoCommit: false,
  });
  const cut = Buffer.from(frame.subarray(0, frame.length - 3));
  cut.writeUInt32LE(cut.length, 48);
  const reply = await client.raw(cut);
  assert.equal(reply.kind === "reply" && reply.header.status, 3);
});

test("polls of what is not there say what is missing", async (t) => {
  const server = await testServer(t);
  const client = await testClient(t, server);
  await makeTopic(client);
  const request = { ...TOPIC, consumer: CONSUMER, strategy: { kind: "first" }, count: 1, autoCommit: false } as const;
  await assert.rejects(client.call(pollMessages, { ...request, stream: "none" }), { code: 1009 });
  await assert.rejects(client.call(pollMessages, { ...request, topic: 7 }), { code: 2010 });
  await assert.rejects(client.call(pollMessages, { ...request, partition: 1 }), { code: 3007 });
  await assert.rejects(client.send("stream", "none", 0, ["m"]), { code: 20 });
});

test("a purge empties the partitions, restarts their offsets and forgets stored ones", async (t) => {
  const server = await testServer(t);
  const client = await testClient(t, server);
  await makeTopic(client, 2);
  await client.send("stream", "topic", 1, numbered(0, 5));
  const target = { ...TOPIC, consumer: CONSUMER, partition: 1 };
  await client.call(storeConsumerOffset, { ...target, offset: 4n });
  await client.call(purgeTopic, TOPIC);
  assert.deepEqual(texts(await poll(client, { kind: "first" }, 10, { partition: 1 })), []);
  assert.equal(await client.call(getConsumerOffset, target), undefined);
  assert.equal(await client.send("stream", "topic", 1, ["new"]), 0n);
  const details = await client.call(getTopic, TOPIC);
  assert.deepEqual([details?.messagesCount, details?.partitions[1]?.messagesCount], [1n, 1n]);
});

test("partitions come and go at the end, and a new one of an old number is empty", async (t) => {
  const server = await testServer(t);
  const client = await testClient(t, server);
  await makeTopic(client, 1);
  await client.call(createPartitions, { ...TOPIC, partitionsCount: 2 });
  await client.send("stream", "topic", 2, ["gone"]);
  await client.call(deletePartitions, { ...TOPIC, partitionsCount: 2 });
  await assert.rejects(client.send("stream", "topic", 2, ["m"]), { code: 20 });
  await client.call(createPartitions, { ...TOPIC, partitionsCount: 2 });
  assert.deepEqual(texts(await poll(client, { kind: "first" }, 10, { partition: 2 })), []);
  await assert.rejects(client.call(createPartitions, { ...TOPIC, partitionsCount: 1001 }), { code: 2015 });
  await assert.rejects(client.call(deletePartitions, { ...TOPIC, partitionsCount: 4 }), { code: 2019 });
});

test("a poll returns as many messages as it asks for, up to what a frame holds", async (t) => {
  const server = await testServer(t, { fsync: "never" });
  const client = await testClient(t, server);
  await makeTopic(client, 1);
  const payload = "x".repeat(100_000);
  for (let sent = 0; sent < 300; sent += 50) {
    await client.send(
      "stream",
      "topic",
      0,
      Array.from({ length: 50 }, () => payload),
    );
  }
  const poll = { stream: "stream", topic: "topic", consumer: { kind: "consumer", id: 1 }, partition: 0 } as const;
  const frames = await client.call(pollMessages, {
    ...poll,
    strategy: { kind: "first" },
    count: 1000,
    autoCommit: false,
  });
  assert.equal(frames.length, 300);
  for (let sent = 0; sent < 500; sent += 50) {
    await client.send(
      "stream",
      "topic",
      0,
      Array.from({ length: 50 }, () => payload),
    );
  }
  const full = await client.call(pollMessages, {
    ...poll,
    strategy: { kind: "first" },
    count: 1000,
    autoCommit: false,
  });
  assert.ok(full.length > 600 && full.length < 800, `${full.length} messages in a frame of at most 64 MiB`);
});
