import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { headersFrom, type MessageFrames } from "@iggy-connectors/protocol";
import { type EmbeddedServer, startServer } from "@iggy-connectors/server";
import { GroupMember, IggyClient } from "../src/index.ts";
import { QUICK } from "./connected.ts";

const STREAM = "orders";
const TOPIC = "created";
const READER = { kind: "consumer", id: "reader" } as const;
const NEXT = { kind: "next" } as const;

async function started(context: TestContext) {
  const path = await mkdtemp(join(tmpdir(), "iggy-client-"));
  const running: { server: EmbeddedServer } = { server: await startServer({ address: "127.0.0.1:0", path }) };
  context.after(async () => {
    await running.server.close();
    await rm(path, { recursive: true });
  });
  const { address } = running.server;
  const connect = async (): Promise<IggyClient> => {
    const client = await IggyClient.connect({ address, ...QUICK });
    context.after(() => client.close());
    return client;
  };
  const restart = async (): Promise<void> => {
    await running.server.close();
    running.server = await startServer({ address, path });
  };
  return { connect, restart };
}

async function withTopic(client: IggyClient, partitionsCount: number): Promise<void> {
  await client.createStream(STREAM);
  await client.createTopic({ stream: STREAM, name: TOPIC, partitionsCount });
}

async function send(client: IggyClient, partition: number, ...texts: string[]): Promise<void> {
  await client.sendMessages({
    stream: STREAM,
    topic: TOPIC,
    partitioning: { kind: "partition", partition },
    messages: texts.map((text) => ({ payload: Buffer.from(text) })),
  });
}

function texts(frames: MessageFrames): string[] {
  return Array.from({ length: frames.length }, (_, index) => Buffer.from(frames.payload(index)).toString());
}

test("streams, topics and partitions are created, listed, changed and deleted", async (context) => {
  const { connect } = await started(context);
  const client = await connect();
  assert.deepEqual(await client.getStreams(), []);
  assert.equal(await client.getStream(STREAM), undefined);
  const stream = await client.createStream(STREAM);
  assert.equal(stream.name, STREAM);
  await assert.rejects(client.createStream(STREAM), { code: 1012 });
  const topic = await client.createTopic({
    stream: STREAM,
    name: TOPIC,
    partitionsCount: 2,
    compression: "gzip",
    messageExpiry: 3_600_000_000,
    maxTopicSize: 4n * 1024n ** 3n,
    durability: "persisted",
  });
  assert.deepEqual([topic.partitionsCount, topic.compression, topic.messageExpiry], [2, "gzip", 3_600_000_000n]);
  assert.deepEqual(
    [...topic.options.keys()],
    ["compression_algorithm", "durability", "max_topic_size", "message_expiry"],
  );
  await client.createPartitions(STREAM, TOPIC, 3);
  assert.equal((await client.getTopic(STREAM, TOPIC))?.partitionsCount, 5);
  await client.deletePartitions(STREAM, TOPIC, 1);
  assert.equal((await client.getTopics(STREAM))[0]?.partitionsCount, 4);
  await send(client, 0, "gone");
  await client.purgeTopic(STREAM, TOPIC);
  assert.equal((await client.getTopic(STREAM, TOPIC))?.messagesCount, 0n);
  await client.deleteTopic(STREAM, TOPIC);
  await client.deleteStream(STREAM);
  assert.deepEqual(await client.getStreams(), []);
});

test("a plain topic is created with no options of its own", async (context) => {
  const { connect } = await started(context);
  const client = await connect();
  await client.createStream(STREAM);
  const topic = await client.createTopic({ stream: STREAM, name: TOPIC, partitionsCount: 1 });
  assert.equal(topic.options.size, 0);
});

test("the server describes itself", async (context) => {
  const { connect } = await started(context);
  const client = await connect();
  await client.ping();
  assert.equal((await client.getClusterMetadata()).nodes.length, 1);
  assert.match((await client.getStats()).serverVersion, /^0\.9\./);
  const keys = (await client.describeOptions("topic")).map(({ key }) => key);
  assert.ok(keys.includes("durability"));
  const me = await client.getMe();
  assert.equal(me.userId, 0);
  assert.ok((await client.getClients()).some(({ id }) => id === me.id));
});

test("messages come back by every strategy, with ids, headers and times", async (context) => {
  const { connect } = await started(context);
  const client = await connect();
  await withTopic(client, 1);
  const place = { stream: STREAM, topic: TOPIC };
  const headers = headersFrom({ region: "eu", attempt: 3 });
  const first = await client.sendMessages({
    ...place,
    messages: [
      { payload: Buffer.from("a"), id: 11n, headers, timestamp: 1_700_000_000_000_000 },
      { payload: Buffer.from("b"), id: 12n, timestamp: 1_700_000_000_000_005 },
    ],
  });
  assert.equal(first?.baseOffset, 0n);
  await send(client, 0, "c", "d");
  const poll = (strategy: Parameters<IggyClient["pollMessages"]>[0]["strategy"], count: number) =>
    client.pollMessages({ ...place, consumer: READER, partition: 0, strategy, count });
  const all = await poll({ kind: "first" }, 10);
  assert.deepEqual(texts(all), ["a", "b", "c", "d"]);
  assert.deepEqual([all.partition, all.currentOffset], [0, 3n]);
  assert.deepEqual([all.id(0), all.id(1), all.offset(3)], [11n, 12n, 3n]);
  assert.deepEqual([all.originTimestamp(0), all.originTimestamp(1)], [1_700_000_000_000_000, 1_700_000_000_000_005]);
  assert.deepEqual(all.headers(0).get("region"), { kind: "string", value: "eu" });
  assert.equal(all.headers(1).size, 0);
  assert.deepEqual(texts(await poll({ kind: "offset", offset: 1n }, 2)), ["b", "c"]);
  assert.deepEqual(texts(await poll({ kind: "last" }, 2)), ["c", "d"]);
  assert.deepEqual(texts(await poll({ kind: "timestamp", timestamp: BigInt(all.timestamp(2)) }, 10)).slice(-2), [
    "c",
    "d",
  ]);
  assert.deepEqual(texts(await poll(NEXT, 1)), ["a"]);
  assert.deepEqual(texts(await poll(NEXT, 1)), ["a"], "without a stored offset next starts at the beginning");
  await client.storeConsumerOffset({ ...place, consumer: READER, partition: 0, offset: 1n });
  assert.deepEqual(texts(await poll(NEXT, 10)), ["c", "d"]);
  const committed = await client.pollMessages({
    ...place,
    consumer: READER,
    partition: 0,
    strategy: NEXT,
    count: 1,
    autoCommit: true,
  });
  assert.deepEqual(texts(committed), ["c"]);
  assert.deepEqual(texts(await poll(NEXT, 10)), ["d"]);
});

test("offsets are stored, read, deleted and bounded", async (context) => {
  const { connect } = await started(context);
  const client = await connect();
  await withTopic(client, 1);
  await send(client, 0, "a", "b");
  const target = { stream: STREAM, topic: TOPIC, consumer: READER, partition: 0 };
  assert.equal(await client.getConsumerOffset(target), undefined);
  await client.storeConsumerOffset({ ...target, offset: 1n });
  assert.deepEqual(await client.getConsumerOffset(target), { partition: 0, currentOffset: 1n, storedOffset: 1n });
  await assert.rejects(client.storeConsumerOffset({ ...target, offset: 2n }), { code: 4100 });
  await client.deleteConsumerOffset(target);
  assert.equal(await client.getConsumerOffset(target), undefined);
  await assert.rejects(client.deleteConsumerOffset(target), { code: 3021 });
});

test("a large batch crosses many chunks and comes back whole", async (context) => {
  const { connect } = await started(context);
  const client = await connect();
  await withTopic(client, 1);
  const payloads = Array.from({ length: 2000 }, (_, index) => Buffer.alloc(1000 + (index % 7), index % 256));
  await client.sendMessages({ stream: STREAM, topic: TOPIC, messages: payloads.map((payload) => ({ payload })) });
  const frames = await client.pollMessages({
    stream: STREAM,
    topic: TOPIC,
    consumer: READER,
    partition: 0,
    strategy: { kind: "first" },
    count: 2000,
  });
  assert.equal(frames.length, payloads.length);
  for (const [index, payload] of payloads.entries()) {
    assert.ok(payload.equals(frames.payload(index)), `message ${index}`);
  }
});

test("groups are created, listed and deleted", async (context) => {
  const { connect } = await started(context);
  const client = await connect();
  await withTopic(client, 2);
  const group = await client.createConsumerGroup(STREAM, TOPIC, "billing");
  assert.deepEqual([group.name, group.membersCount, group.partitionsCount], ["billing", 0, 2]);
  await assert.rejects(client.createConsumerGroup(STREAM, TOPIC, "billing"), { code: 5004 });
  assert.equal(await client.syncConsumerGroup(STREAM, TOPIC, "billing"), undefined);
  await client.joinConsumerGroup(STREAM, TOPIC, "billing");
  assert.equal((await client.getConsumerGroup(STREAM, TOPIC, "billing"))?.membersCount, 1);
  await client.leaveConsumerGroup(STREAM, TOPIC, "billing");
  assert.equal((await client.getConsumerGroups(STREAM, TOPIC))[0]?.membersCount, 0);
  await client.deleteConsumerGroup(STREAM, TOPIC, "billing");
  assert.deepEqual(await client.getConsumerGroups(STREAM, TOPIC), []);
});

test("two members share the partitions; one that leaves gives its own back", async (context) => {
  const { connect } = await started(context);
  const client = await connect();
  await withTopic(client, 4);
  const options = { stream: STREAM, topic: TOPIC, group: "billing", create: true };
  const a = await GroupMember.join(client, options);
  assert.deepEqual(a.assignment, [0, 1, 2, 3]);
  for (const partition of a.assignment) await send(client, partition, `p${partition}-0`, `p${partition}-1`);

  const b = await GroupMember.join(await connect(), options);
  const change = await a.sync();
  assert.deepEqual(change.revoked, b.assignment);
  assert.deepEqual([...change.assigned, ...b.assignment].sort(), [0, 1, 2, 3]);
  const moved = b.assignment[0]!;
  const kept = a.assignment[0]!;
  assert.equal(await a.poll(moved, NEXT, 10), "fenced");
  assert.equal(await a.store(moved, 0n), "lost");

  const frames = await b.poll(moved, NEXT, 10);
  assert.ok(frames !== "fenced");
  assert.deepEqual(texts(frames), [`p${moved}-0`, `p${moved}-1`]);
  assert.equal(await b.store(moved, 0n), "stored");
  assert.equal(await b.getOffset(moved), 0n);
  assert.equal(await a.store(kept, 1n), "stored");

  await b.leave();
  const back = await a.sync();
  assert.deepEqual(back.assigned, [0, 1, 2, 3]);
  assert.ok(back.added.includes(moved));
  const rest = await a.poll(moved, NEXT, 10);
  assert.ok(rest !== "fenced");
  assert.deepEqual(texts(rest), [`p${moved}-1`]);
});

test("a partition that a new member takes over waits for its owner's last offset", async (context) => {
  const { connect } = await started(context);
  const client = await connect();
  await withTopic(client, 2);
  const options = { stream: STREAM, topic: TOPIC, group: "billing", create: true };
  const a = await GroupMember.join(client, options);
  for (const partition of a.assignment) {
    await send(client, partition, "m");
    await a.poll(partition, NEXT, 10);
  }
  const b = await GroupMember.join(await connect(), options);
  const { revoked } = await a.sync();
  const leaving = revoked[0] ?? assert.fail("nothing was revoked");
  assert.equal(await a.poll(leaving, NEXT, 10), "fenced");
  assert.equal(await a.store(leaving, 0n), "stored", "the old owner may still store what it has done");
  while (!(await b.sync()).assigned.includes(leaving)) await new Promise((resolve) => setImmediate(resolve));
  const frames = await b.poll(leaving, NEXT, 10);
  assert.ok(frames !== "fenced");
  assert.equal(frames.length, 0);
});

test("a restart of the server loses no acknowledged message and no membership", async (context) => {
  const { connect, restart } = await started(context);
  const client = await connect();
  await withTopic(client, 2);
  const member = await GroupMember.join(client, { stream: STREAM, topic: TOPIC, group: "billing", create: true });
  await send(client, 0, "before");
  await send(client, 1, "other");
  assert.equal(await member.store(0, 0n), "stored");
  const restarting = restart();
  const polled = member.poll(1, NEXT, 10);
  await restarting;
  const frames = await polled;
  assert.ok(frames !== "fenced");
  assert.deepEqual(texts(frames), ["other"]);
  await send(client, 0, "after");
  const next = await member.poll(0, NEXT, 10);
  assert.ok(next !== "fenced");
  assert.deepEqual(texts(next), ["after"]);
  assert.equal(await member.store(0, 1n), "stored");
  assert.equal(client.state, "ready");
});
