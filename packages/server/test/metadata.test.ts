import assert from "node:assert/strict";
import { test } from "node:test";
import {
  createConsumerGroup,
  createStream,
  createTopic,
  deleteSegments,
  deleteStream,
  deleteTopic,
  describeOptions,
  getClients,
  getConsumerGroup,
  getConsumerGroups,
  getMe,
  getStats,
  getStream,
  getStreams,
  getTopic,
  getTopics,
  type HeaderValue,
  type Options,
  purgeStream,
  updateStream,
  updateTopic,
} from "@iggy-connectors/protocol";
import { makeTopic, temporaryFolder, testClient, testServer } from "./with-server.ts";

const NEVER = 18_446_744_073_709_551_615n;
const MIB = 1024n * 1024n;

function options(values: Record<string, HeaderValue>): Options {
  return new Map(Object.entries(values));
}

const text = (value: string): HeaderValue => ({ kind: "string", value });

test("streams: create, rename, list, purge, delete; ids are never used again", async (t) => {
  const server = await testServer(t);
  const client = await testClient(t, server);
  const first = await client.call(createStream, { name: "first" });
  assert.deepEqual([first.id, first.name, first.topics], [0, "first", []]);
  await assert.rejects(client.call(createStream, { name: "first" }), { code: 1012 });
  await assert.rejects(client.call(createStream, { name: "x", options: options({ a: text("b") }) }), { code: 4041 });
  await client.call(createStream, { name: "second" });
  await client.call(updateStream, { stream: "first", name: "renamed" });
  await assert.rejects(client.call(updateStream, { stream: 0, name: "second" }), { code: 1012 });
  await client.call(updateStream, { stream: 0, name: "renamed" });
  assert.equal(await client.call(getStream, { stream: "first" }), undefined);
  assert.equal((await client.call(getStream, { stream: 0 }))?.name, "renamed");
  await client.call(deleteStream, { stream: "second" });
  await assert.rejects(client.call(deleteStream, { stream: "second" }), { code: 1009 });
  assert.equal((await client.call(createStream, { name: "second" })).id, 2);
  assert.deepEqual(
    (await client.call(getStreams, undefined)).map(({ id, name }) => [id, name]),
    [
      [0, "renamed"],
      [2, "second"],
    ],
  );
  await client.call(createTopic, { stream: 2, name: "t", partitionsCount: 1 });
  await client.send("second", "t", 0, ["m"]);
  assert.equal((await client.call(getStream, { stream: 2 }))?.messagesCount, 1n);
  await client.call(purgeStream, { stream: 2 });
  assert.equal((await client.call(getStream, { stream: 2 }))?.messagesCount, 0n);
});

test("topics: options in both forms, explicit and derived blocks sorted, sizes true", async (t) => {
  const server = await testServer(t);
  const client = await testClient(t, server);
  await client.call(createStream, { name: "s" });
  const topic = await client.call(createTopic, {
    stream: "s",
    name: "t",
    partitionsCount: 2,
    options: options({
      segment_size: text("128MiB"),
      message_expiry: text("7 days"),
      durability: text("Persisted"),
      enforce_fsync: text("true"),
      max_topic_size: { kind: "uint64", value: 0n },
      preallocate_segments: text("false"),
    }),
  });
  assert.deepEqual(
    [...topic.options],
    [
      ["durability", { kind: "string", value: "persisted" }],
      ["enforce_fsync", { kind: "bool", value: true }],
      ["message_expiry", { kind: "uint64", value: 604_800_000_000n }],
      ["preallocate_segments", { kind: "bool", value: false }],
      ["segment_size", { kind: "uint64", value: 128n * MIB }],
    ],
  );
  assert.deepEqual(
    [...topic.derivedOptions],
    [
      ["compression_algorithm", { kind: "string", value: "none" }],
      ["consumer_offset_durability", { kind: "string", value: "replicated" }],
      ["max_topic_size", { kind: "uint64", value: NEVER }],
      ["messages_required_to_save", { kind: "uint32", value: 1024 }],
      ["size_of_messages_required_to_save", { kind: "uint64", value: MIB }],
    ],
  );
  assert.deepEqual([topic.messageExpiry, topic.maxTopicSize, topic.compression], [604_800_000_000n, NEVER, "none"]);
  assert.deepEqual(
    topic.partitions.map(({ id, messagesCount }) => [id, messagesCount]),
    [
      [0, 0n],
      [1, 0n],
    ],
  );
  await client.send("s", "t", 1, ["abc", "de"]);
  const filled = await client.call(getTopic, { stream: "s", topic: "t" });
  assert.deepEqual([filled?.messagesCount, filled?.size], [2n, 256n + 2n * 48n + 5n]);
  assert.deepEqual(
    filled?.partitions.map(({ currentOffset, messagesCount }) => [currentOffset, messagesCount]),
    [
      [0n, 0n],
      [1n, 2n],
    ],
  );
});

test("topics: what is refused, and how", async (t) => {
  const server = await testServer(t);
  const client = await testClient(t, server);
  await makeTopic(client);
  const create = (name: string, values: Record<string, HeaderValue>, partitionsCount = 1): Promise<unknown> =>
    client.call(createTopic, { stream: "stream", name, partitionsCount, options: options(values) });
  await assert.rejects(create("topic", {}), { code: 2013 });
  await assert.rejects(create("a", {}, 1001), { code: 2015 });
  await assert.rejects(create("a", { unknown: text("x") }), { code: 4041 });
  for (const bad of [
    { durability: text("maybe") },
    { segment_size: text("100") },
    { segment_size: { kind: "uint64", value: MIB + 1n } },
    { messages_required_to_save: { kind: "uint32", value: 0 } },
    { compression_algorithm: { kind: "bool", value: true } },
    { message_expiry: text("soon") },
  ] satisfies Record<string, HeaderValue>[]) {
    await assert.rejects(create("a", bad), { code: 4042 }, JSON.stringify(Object.keys(bad)));
  }
  const preallocate: HeaderValue = { kind: "bool", value: true };
  await assert.rejects(create("a", { preallocate_segments: preallocate }, 65), { code: 4042 });
  await assert.rejects(create("a", { max_topic_size: { kind: "uint64", value: MIB } }), { code: 1019 });
  await assert.rejects(client.call(createTopic, { stream: "none", name: "a", partitionsCount: 1 }), { code: 1009 });
  await assert.rejects(client.call(deleteTopic, { stream: "stream", topic: "none" }), { code: 2010 });
  assert.equal((await client.call(getTopics, { stream: "stream" })).length, 1);
  assert.deepEqual(await client.call(getTopics, { stream: "none" }), []);
});

test("updating a topic changes what it names and keeps the rest", async (t) => {
  const server = await testServer(t);
  const client = await testClient(t, server);
  await makeTopic(client, 1, options({ message_expiry: text("1h"), max_topic_size: text("2GiB") }));
  const target = { stream: "stream", topic: "topic" };
  // 0 leaves the choice to the server, and it has chosen already.
  const gzip = options({ compression_algorithm: text("gzip"), max_topic_size: { kind: "uint64", value: 0n } });
  await client.call(updateTopic, { ...target, name: "renamed", options: gzip });
  const topic = await client.call(getTopic, { stream: "stream", topic: "renamed" });
  assert.deepEqual(
    [topic?.compression, topic?.messageExpiry, topic?.maxTopicSize],
    ["gzip", 3_600_000_000n, 2n ** 31n],
  );
  const fixed = options({ segment_size: text("2MiB") });
  await assert.rejects(client.call(updateTopic, { stream: 0, topic: 0, name: "renamed", options: fixed }), {
    code: 4041,
  });
});

test("whole segments are deleted from the oldest on, never the one being written", async (t) => {
  const server = await testServer(t);
  const client = await testClient(t, server);
  await makeTopic(client, 1, options({ segment_size: text("1MiB") }));
  for (let index = 0; index < 5; index++) await client.send("stream", "topic", 0, ["x".repeat(600 * 1024)]);
  const target = { stream: "stream", topic: "topic" };
  const partition = async (): Promise<unknown[]> => {
    const found = (await client.call(getTopic, target))?.partitions[0];
    return [found?.segmentsCount, found?.messagesCount, found?.currentOffset];
  };
  assert.deepEqual(await partition(), [5, 5n, 4n]);
  await client.call(deleteSegments, { ...target, partition: 0, segmentsCount: 2 });
  assert.deepEqual(await partition(), [3, 3n, 4n]);
  await client.call(deleteSegments, { ...target, partition: 0, segmentsCount: 100 });
  assert.deepEqual(await partition(), [1, 1n, 4n]);
  await assert.rejects(client.call(deleteSegments, { ...target, partition: 1, segmentsCount: 1 }), { code: 3007 });
});

test("streams, topics, options and groups are there after a restart, and ids go on", async (t) => {
  const path = await temporaryFolder(t);
  const first = await testServer(t, { path });
  const client = await testClient(t, first);
  await makeTopic(client, 3, options({ segment_size: text("1MiB"), message_expiry: text("1 day") }));
  await client.call(createConsumerGroup, { stream: "stream", topic: "topic", name: "group" });
  await client.call(createTopic, { stream: "stream", name: "dropped", partitionsCount: 1 });
  await client.call(deleteTopic, { stream: "stream", topic: "dropped" });
  const before = await client.call(getTopic, { stream: "stream", topic: "topic" });
  await first.close();

  const second = await testServer(t, { path });
  const again = await testClient(t, second);
  assert.deepEqual(await again.call(getTopic, { stream: "stream", topic: "topic" }), before);
  const groups = await again.call(getConsumerGroups, { stream: 0, topic: 0 });
  assert.deepEqual(
    groups.map(({ id, name, partitionsCount, membersCount }) => [id, name, partitionsCount, membersCount]),
    [[0, "group", 3, 0]],
  );
  assert.equal((await again.call(createTopic, { stream: "stream", name: "new", partitionsCount: 1 })).id, 2);
  assert.equal((await again.call(createConsumerGroup, { stream: 0, topic: 0, name: "more" })).id, 1);
  assert.ok(again.session > client.session);
});

test("options, statistics and clients are described", async (t) => {
  const server = await testServer(t);
  const client = await testClient(t, server);
  await makeTopic(client, 2);
  await client.send("stream", "topic", 0, ["a", "b"]);
  const described = await client.call(describeOptions, { scope: "topic" });
  assert.deepEqual(
    described.map(({ key }) => key),
    [
      "compression_algorithm",
      "consumer_offset_durability",
      "durability",
      "enforce_fsync",
      "max_topic_size",
      "message_expiry",
      "messages_required_to_save",
      "preallocate_segments",
      "segment_size",
      "size_of_messages_required_to_save",
    ],
  );
  assert.deepEqual(Buffer.from(described[8]!.defaultValue).readBigUInt64LE(), 1024n * MIB);
  assert.deepEqual(await client.call(describeOptions, { scope: "stream" }), []);
  const stats = await client.call(getStats, undefined);
  assert.deepEqual(
    [stats.processId, stats.streamsCount, stats.topicsCount, stats.partitionsCount, stats.messagesCount],
    [process.pid, 1, 1, 2, 2n],
  );
  assert.equal(stats.messagesSize, 256n + 2n * 49n);
  const me = await client.call(getMe, undefined);
  assert.deepEqual([me.userId, me.transport, me.groups], [0, "tcp", []]);
  assert.deepEqual(
    (await client.call(getClients, undefined)).map(({ id }) => id),
    [me.id],
  );
  await assert.rejects(client.call(getConsumerGroup, { stream: 0, topic: 9, group: 0 }), { code: 2010 });
});
