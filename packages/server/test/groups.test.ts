import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import {
  createConsumerGroup,
  createPartitions,
  deleteConsumerGroup,
  EVICTION,
  FENCED_PARTITION,
  type GroupAssignment,
  getConsumerGroup,
  getConsumerOffset,
  getMe,
  getStreams,
  joinConsumerGroup,
  leaveConsumerGroup,
  logout,
  type MessageFrames,
  ping,
  pollMessages,
  storeConsumerOffset,
  syncConsumerGroup,
} from "@iggy-connectors/protocol";
import type { RawClient } from "./raw-client.ts";
import { makeTopic, temporaryFolder, testClient, testServer, until } from "./with-server.ts";

const GROUP = { stream: "stream", topic: "topic", group: "group" } as const;
const CONSUMER = { kind: "group", id: "group" } as const;

async function makeGroup(client: RawClient, partitionsCount: number): Promise<void> {
  await makeTopic(client, partitionsCount);
  await client.call(createConsumerGroup, { stream: "stream", topic: "topic", name: "group" });
}

function sync(client: RawClient): Promise<GroupAssignment | undefined> {
  return client.call(syncConsumerGroup, GROUP);
}

async function assigned(client: RawClient): Promise<readonly number[] | undefined> {
  return (await sync(client))?.partitions;
}

function poll(client: RawClient, partition: number | undefined, autoCommit = false): Promise<MessageFrames> {
  const request = { ...GROUP, consumer: CONSUMER, strategy: { kind: "next" }, count: 10, autoCommit } as const;
  return client.call(pollMessages, partition === undefined ? request : { ...request, partition });
}

function store(client: RawClient, partition: number, offset: bigint): Promise<undefined> {
  return client.call(storeConsumerOffset, { ...GROUP, consumer: CONSUMER, partition, offset });
}

test("partitions move as members come and go, and each sync tells", async (t) => {
  const server = await testServer(t);
  const a = await testClient(t, server);
  const b = await testClient(t, server);
  await makeGroup(a, 3);
  assert.equal(await sync(a), undefined);
  await a.call(joinConsumerGroup, GROUP);
  await a.call(joinConsumerGroup, GROUP);
  const alone = await sync(a);
  assert.deepEqual(alone?.partitions, [0, 1, 2]);
  await b.call(joinConsumerGroup, GROUP);
  const shared = await sync(a);
  assert.deepEqual([shared?.partitions, await assigned(b)], [[0, 1], [2]]);
  assert.ok(shared!.generation > alone!.generation);
  const details = await a.call(getConsumerGroup, GROUP);
  assert.deepEqual(
    [details?.membersCount, details?.members],
    [
      2,
      [
        { id: 0, partitions: [0, 1] },
        { id: 1, partitions: [2] },
      ],
    ],
  );
  assert.equal((await a.call(getMe, undefined)).groups.length, 1);
  b.close();
  await until(async () => (await assigned(a))?.length === 3);
  await a.call(leaveConsumerGroup, GROUP);
  assert.equal(await sync(a), undefined);
  await assert.rejects(a.call(leaveConsumerGroup, GROUP), { code: 5006 });
});

test("a member polls and stores what it owns; anything else is fenced or refused", async (t) => {
  const server = await testServer(t);
  const a = await testClient(t, server);
  const b = await testClient(t, server);
  await makeGroup(a, 2);
  await a.send("stream", "topic", 0, ["m0", "m1"]);
  await a.send("stream", "topic", 1, ["n0"]);
  assert.equal((await poll(a, 0)).partition, FENCED_PARTITION);
  await a.call(joinConsumerGroup, GROUP);
  await b.call(joinConsumerGroup, GROUP);
  assert.equal((await poll(a, 0)).length, 2);
  const foreign = await poll(a, 1);
  assert.deepEqual([foreign.partition, foreign.length], [FENCED_PARTITION, 0]);
  const nowhere = await poll(a, undefined);
  assert.deepEqual([nowhere.partition, nowhere.length], [0, 0]);
  await assert.rejects(store(a, 1, 0n), { code: 20 });
  await store(a, 0, 1n);
  assert.equal((await poll(a, 0)).length, 0);
  assert.equal((await poll(b, 1, true)).length, 1);
  const stored = await a.call(getConsumerOffset, { ...GROUP, consumer: CONSUMER, partition: 1 });
  assert.equal(stored?.storedOffset, 0n);
  const unknown = { kind: "group", id: "unknown" } as const;
  const request = { ...GROUP, consumer: unknown, partition: 0, offset: 0n };
  await assert.rejects(a.call(storeConsumerOffset, request), { code: 20 });
  await assert.rejects(a.call(storeConsumerOffset, { ...request, consumer: { ...unknown, id: 9 } }), { code: 20 });
});

test("a partition with uncommitted work moves when its owner commits, and not before", async (t) => {
  const server = await testServer(t);
  const a = await testClient(t, server);
  const b = await testClient(t, server);
  await makeGroup(a, 2);
  await a.send("stream", "topic", 0, ["m0"]);
  await a.send("stream", "topic", 1, ["n0", "n1"]);
  await a.call(joinConsumerGroup, GROUP);
  assert.equal((await poll(a, 0)).length, 1);
  assert.equal((await poll(a, 1)).length, 2);
  await b.call(joinConsumerGroup, GROUP);
  assert.deepEqual([await assigned(a), await assigned(b)], [[0], []]);
  assert.equal((await poll(a, 1)).partition, FENCED_PARTITION);
  assert.equal((await poll(b, 1)).partition, FENCED_PARTITION);
  await store(a, 1, 0n);
  assert.deepEqual(await assigned(b), []);
  await store(a, 1, 1n);
  assert.deepEqual([await assigned(a), await assigned(b)], [[0], [1]]);
  await assert.rejects(store(a, 1, 1n), { code: 20 });
  assert.equal((await poll(b, 1)).length, 0);
});

test("a partition whose owner does not commit moves after the time limit", async (t) => {
  const server = await testServer(t, { rebalancingTimeout: 50 });
  const a = await testClient(t, server);
  const b = await testClient(t, server);
  await makeGroup(a, 2);
  await a.send("stream", "topic", 1, ["n0"]);
  await a.call(joinConsumerGroup, GROUP);
  await poll(a, 1);
  await b.call(joinConsumerGroup, GROUP);
  await until(async () => (await assigned(b))?.length === 1);
  assert.equal((await poll(b, 1)).length, 1);
  await assert.rejects(store(a, 1, 0n), { code: 20 });
});

test("new partitions are shared out at once", async (t) => {
  const server = await testServer(t);
  const a = await testClient(t, server);
  const b = await testClient(t, server);
  await makeGroup(a, 1);
  await a.call(joinConsumerGroup, GROUP);
  await b.call(joinConsumerGroup, GROUP);
  assert.deepEqual([await assigned(a), await assigned(b)], [[0], []]);
  await a.call(createPartitions, { stream: "stream", topic: "topic", partitionsCount: 3 });
  assert.deepEqual(
    [await assigned(a), await assigned(b)],
    [
      [0, 2],
      [1, 3],
    ],
  );
});

test("membership ends with logout and with silence; a client that is not a member may be silent", async (t) => {
  const server = await testServer(t, { heartbeatInterval: 100 });
  const a = await testClient(t, server);
  const b = await testClient(t, server);
  await makeGroup(a, 2);
  await b.call(joinConsumerGroup, GROUP);
  await b.call(logout, undefined);
  assert.equal((await a.call(getConsumerGroup, GROUP))?.membersCount, 0);

  await b.login();
  await b.call(joinConsumerGroup, GROUP);
  const evicted = await b.next();
  assert.equal(evicted.kind === "eviction" && evicted.reason, EVICTION.staleClient.reason);
  assert.equal((await a.call(getConsumerGroup, GROUP))?.membersCount, 0);
  await assert.rejects(b.call(getStreams, undefined), { code: 40 });
  await a.call(ping, undefined);
});

test("a member that is sending a long request is not silent", async (t) => {
  const heartbeatInterval = 500;
  const server = await testServer(t, { heartbeatInterval });
  const client = await testClient(t, server);
  await makeGroup(client, 1);
  await client.call(joinConsumerGroup, GROUP);
  const frame = client.sendFrame("stream", "topic", 0, ["x".repeat(1000)]);
  const step = 20;
  const steps = (2 * heartbeatInterval) / step;
  const piece = Math.ceil(frame.length / steps);
  for (let at = 0; at < frame.length; at += piece) {
    client.socket.write(frame.subarray(at, at + piece));
    // The test is about time that passes: nothing happens that could be awaited.
    await setTimeout(step);
  }
  const reply = await client.next();
  assert.equal(reply.kind === "reply" && reply.header.status, 0);
  assert.deepEqual(await assigned(client), [0]);
});

test("membership ends with the group", async (t) => {
  const server = await testServer(t);
  const client = await testClient(t, server);
  await makeGroup(client, 2);
  await client.call(joinConsumerGroup, GROUP);
  await client.call(deleteConsumerGroup, GROUP);
  assert.equal(await sync(client), undefined);
  assert.deepEqual((await client.call(getMe, undefined)).groups, []);
  assert.equal((await poll(client, 0)).partition, FENCED_PARTITION);
});

test("the offsets of a group survive a restart; its members do not", async (t) => {
  const path = await temporaryFolder(t);
  const first = await testServer(t, { path });
  const a = await testClient(t, first);
  await makeGroup(a, 1);
  await a.send("stream", "topic", 0, ["m0", "m1", "m2"]);
  await a.call(joinConsumerGroup, GROUP);
  await store(a, 0, 1n);
  await first.close();
  const second = await testServer(t, { path });
  const b = await testClient(t, second);
  assert.equal((await b.call(getConsumerGroup, GROUP))?.membersCount, 0);
  await b.call(joinConsumerGroup, GROUP);
  const rest = await poll(b, 0);
  assert.deepEqual([rest.length, rest.offset(0)], [1, 2n]);
});
