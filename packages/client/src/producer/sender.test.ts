import assert from "node:assert/strict";
import { test } from "node:test";
import { BatchWriter, getTopic, sendMessages, type TopicDetails } from "@iggy-connectors/protocol";
import { connected } from "../../test/connected.ts";
import type { ReceivedRequest } from "../../test/scripted-server.ts";

const PLACE = { stream: "orders", topic: "created" } as const;
const HELLO = [{ payload: Buffer.from("hello"), id: 7n }];

function topic(partitionsCount: number): TopicDetails {
  return {
    id: 0,
    createdAt: 1n,
    partitionsCount,
    messageExpiry: 0n,
    compression: "none",
    maxTopicSize: 0n,
    size: 0n,
    messagesCount: 0n,
    name: "created",
    options: new Map(),
    derivedOptions: new Map(),
    partitions: Array.from({ length: partitionsCount }, (_, id) => ({
      id,
      createdAt: 1n,
      segmentsCount: 1,
      currentOffset: 0n,
      size: 0n,
      messagesCount: 0n,
    })),
  };
}

function partitionOf(request: ReceivedRequest): number {
  const { partitioning } = request.read(sendMessages);
  return partitioning.kind === "partition" ? partitioning.partition : assert.fail(`sent as ${partitioning.kind}`);
}

function confirm(request: ReceivedRequest): Buffer {
  return request.ok(sendMessages, [{ streamId: 0, topicId: 0, partition: partitionOf(request), baseOffset: 41n }]);
}

test("sends name a partition: round robin without partitioning, the key's partition with a key", async (context) => {
  const { client, server } = await connected(context, (request) => {
    if (request.is(getTopic)) return request.ok(getTopic, topic(3));
    return request.is(sendMessages) ? confirm(request) : undefined;
  });
  const confirmed = await client.sendMessages({ ...PLACE, messages: HELLO });
  assert.deepEqual(confirmed, { streamId: 0, topicId: 0, partition: 0, baseOffset: 41n });
  await client.sendMessages({ ...PLACE, messages: HELLO });
  await client.sendMessages({ ...PLACE, messages: HELLO, partitioning: { kind: "key", key: Buffer.from("beta") } });
  await client.sendMessages({ ...PLACE, messages: HELLO, partitioning: { kind: "partition", partition: 2 } });
  assert.deepEqual(server.received(sendMessages).map(partitionOf), [0, 1, 1, 2]);
  assert.equal(server.received(getTopic).length, 1);
});

test("the round robin goes on over a reconnect", async (context) => {
  const { client, server, entered } = await connected(context, (request) => {
    if (request.is(getTopic)) return request.ok(getTopic, topic(3));
    return request.is(sendMessages) ? confirm(request) : undefined;
  });
  await client.sendMessages({ ...PLACE, messages: HELLO });
  const ready = entered("ready");
  server.dropConnections();
  await ready;
  await client.sendMessages({ ...PLACE, messages: HELLO });
  assert.deepEqual(server.received(sendMessages).map(partitionOf), [0, 1]);
});

test("a target that the server does not know is looked up again, and the send repeated when the topic changed", async (context) => {
  let partitions = 4;
  const { client, server } = await connected(context, (request) => {
    if (request.is(getTopic)) return request.ok(getTopic, topic(partitions));
    if (!request.is(sendMessages)) return undefined;
    return partitionOf(request) < partitions ? confirm(request) : request.status(20);
  });
  const key = { kind: "key", key: Buffer.from("gamma") } as const; // 3656099181: partition 1 of 4, 0 of 1
  await client.sendMessages({ ...PLACE, messages: HELLO, partitioning: key });
  partitions = 1;
  const confirmed = await client.sendMessages({ ...PLACE, messages: HELLO, partitioning: key });
  assert.equal(confirmed?.partition, 0);
  assert.deepEqual(server.received(sendMessages).map(partitionOf), [1, 1, 0]);
});

test("a target that stays unknown is reported, and sent once", async (context) => {
  const { client, server } = await connected(context, (request) => {
    if (request.is(getTopic)) return request.ok(getTopic, topic(2));
    return request.is(sendMessages) ? request.status(20) : undefined;
  });
  await assert.rejects(client.sendMessages({ ...PLACE, messages: HELLO }), { code: 20, outcomeUnknown: false });
  assert.equal(server.received(sendMessages).length, 1);
});

test("a missing topic and one without partitions are reported before anything is sent", async (context) => {
  let answer: TopicDetails | undefined;
  const { client, server } = await connected(context, (request) =>
    request.is(getTopic) ? request.ok(getTopic, answer) : undefined,
  );
  await assert.rejects(client.sendMessages({ ...PLACE, messages: HELLO }), {
    code: 2010,
    message: /stream "orders", topic "created" does not exist/,
  });
  answer = topic(0);
  await assert.rejects(client.sendMessages({ ...PLACE, messages: HELLO }), { code: 3008 });
  assert.equal(server.received(sendMessages).length, 0);
});

test("an answer without a confirmation is a success without an offset", async (context) => {
  const { client } = await connected(context, (request) => (request.is(sendMessages) ? request.status(0) : undefined));
  const partitioning = { kind: "partition", partition: 0 } as const;
  assert.equal(await client.sendMessages({ ...PLACE, messages: HELLO, partitioning }), undefined);
});

test("a batch writer is sent as it is and can be filled again", async (context) => {
  const { client, server } = await connected(context, (request) =>
    request.is(sendMessages) ? confirm(request) : undefined,
  );
  const batch = new BatchWriter();
  const partitioning = { kind: "partition", partition: 1 } as const;
  batch.add(Buffer.from("one"), { id: 1n }).add(Buffer.from("two"), { id: 2n });
  await client.sendBatch({ ...PLACE, batch, partitioning });
  batch.reset();
  batch.add(Buffer.from("three"), { id: 3n });
  await client.sendBatch({ ...PLACE, batch, partitioning });
  const [first, second] = server.received(sendMessages).map((request) => request.read(sendMessages));
  assert.equal(first?.messagesCount, 2);
  assert.ok(Buffer.from(first.record).includes("one") && Buffer.from(first.record).includes("two"));
  assert.equal(second?.messagesCount, 1);
  assert.ok(Buffer.from(second.record).includes("three"));
});
