import assert from "node:assert/strict";
import { test } from "node:test";
import { isLegacy, ServerUnderTest, unique } from "./server-under-test.ts";

test("streams: create, look up, rename, list, delete", async () => {
  await using server = await ServerUnderTest.start();
  const client = await server.connect();
  const name = unique("stream");
  const before = BigInt(Date.now()) * 1000n;
  const created = await client.createStream(name);
  server.clean(() => client.deleteStream(created.id));
  assert.equal(created.name, name);
  assert.ok(created.createdAt > before - 60_000_000n, "microseconds");
  assert.deepEqual([created.topicsCount, created.messagesCount, created.topics], [0, 0n, []]);
  await assert.rejects(client.createStream(name), { code: 1012 });
  assert.equal((await client.getStream(name))?.id, created.id);
  assert.equal((await client.getStream(created.id))?.name, name);
  const renamed = unique("renamed");
  await client.updateStream(name, renamed);
  assert.equal(await client.getStream(name), undefined);
  assert.ok((await client.getStreams()).some((stream) => stream.name === renamed));
  await client.deleteStream(renamed);
  assert.equal(await client.getStream(created.id), undefined);
  await assert.rejects(client.deleteStream(renamed), { code: 1009 });
  assert.equal((await client.getStream("ä".repeat(20)))?.name, undefined, "names are UTF-8");
});

test("topics: settings, update, purge, delete", async () => {
  await using server = await ServerUnderTest.start();
  const client = await server.connect();
  const stream = await server.stream(client);
  const created = await client.createTopic({
    stream,
    name: "limited",
    partitionsCount: 3,
    compression: "gzip",
    messageExpiry: 7n * 86_400_000_000n,
    maxTopicSize: 10n * 1024n ** 3n,
  });
  assert.equal(created.name, "limited");
  assert.equal(created.partitions.length, 3);
  const topic = await client.getTopic(stream, "limited");
  assert.deepEqual(
    [topic?.compression, topic?.messageExpiry, topic?.maxTopicSize, topic?.partitionsCount],
    ["gzip", 7n * 86_400_000_000n, 10n * 1024n ** 3n, 3],
  );
  await assert.rejects(client.createTopic({ stream, name: "limited", partitionsCount: 1 }), { code: 2013 });
  await client.createTopic({ stream, name: "plain", partitionsCount: 1 });
  assert.deepEqual((await client.getTopics(stream)).map(({ name }) => name).sort(), ["limited", "plain"]);
  assert.deepEqual((await client.getStream(stream))?.topics.map(({ name }) => name).sort(), ["limited", "plain"]);

  await client.updateTopic({
    stream,
    topic: "limited",
    name: "wider",
    compression: "none",
    messageExpiry: 3_600_000_000n,
  });
  const wider = await client.getTopic(stream, "wider");
  assert.deepEqual([wider?.compression, wider?.messageExpiry], ["none", 3_600_000_000n]);
  assert.equal(await client.getTopic(stream, "limited"), undefined);

  const place = { stream, topic: "wider", partitioning: { kind: "partition", partition: 0 } } as const;
  await client.sendMessages({ ...place, messages: [{ payload: Buffer.from("a") }, { payload: Buffer.from("b") }] });
  assert.equal((await client.getTopic(stream, "wider"))?.messagesCount, 2n);
  await client.purgeTopic(stream, "wider");
  assert.equal((await client.getTopic(stream, "wider"))?.messagesCount, 0n);
  await client.sendMessages({ ...place, messages: [{ payload: Buffer.from("c") }] });
  await client.purgeStream(stream);
  assert.equal((await client.getStream(stream))?.messagesCount, 0n);
  await client.deleteTopic(stream, "wider");
  assert.equal(await client.getTopic(stream, "wider"), undefined);
  await assert.rejects(client.deleteTopic(stream, "wider"), { code: 2010 });
});

test("durability is asked for only where the server knows it", async () => {
  await using server = await ServerUnderTest.start();
  const client = await server.connect();
  const stream = await server.stream(client);
  const topic = { stream, name: "durable", partitionsCount: 1, durability: "persisted" } as const;
  const known = isLegacy(client) ? [] : (await client.describeOptions("topic")).map(({ key }) => key);
  if (known.includes("durability")) {
    const created = await client.createTopic(topic);
    assert.deepEqual(created.options.get("durability"), { kind: "string", value: "persisted" });
  } else {
    await assert.rejects(client.createTopic(topic), (error: Error) => /durability|options/.test(error.message));
    assert.equal(await client.getTopic(stream, "durable"), undefined);
  }
});

test("partitions come and go", async () => {
  await using server = await ServerUnderTest.start();
  const client = await server.connect();
  const { stream, topic } = await server.topic(client, 1);
  await client.createPartitions(stream, topic, 3);
  const ids = async (): Promise<number[]> =>
    ((await client.getTopic(stream, topic))?.partitions ?? []).map(({ id }) => id);
  assert.deepEqual(await ids(), [0, 1, 2, 3]);
  await client.deletePartitions(stream, topic, 2);
  assert.deepEqual(await ids(), [0, 1]);
  await client.sendMessages({
    stream,
    topic,
    partitioning: { kind: "partition", partition: 1 },
    messages: [{ payload: Buffer.from("x") }],
  });
  const partition = (await client.getTopic(stream, topic))?.partitions[1];
  assert.deepEqual([partition?.messagesCount, partition?.currentOffset], [1n, 0n]);
});
