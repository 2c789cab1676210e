import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import {
  createConsumerGroup,
  FENCED_PARTITION,
  getConsumerOffset,
  getTopic,
  joinConsumerGroup,
  leaveConsumerGroup,
  ping,
  pollMessages,
  storeConsumerOffset,
  syncConsumerGroup,
  type TopicDetails,
} from "@iggy-connectors/protocol";
import { connected } from "../../../test/connected.ts";
import type { Answer, ReceivedRequest } from "../../../test/scripted-server.ts";
import { GroupMember, IggyError } from "../../index.ts";

const TARGET = { stream: "orders", topic: "created", group: "billing" } as const;
const NEXT = { kind: "next" } as const;

/** A group as the server of the script keeps it: members are connections. */
class ScriptedGroup {
  exists = true;
  generation = 0n;
  partitions: number[] = [];
  stored = new Map<number, bigint>();
  /** Partitions whose polls or stores are refused although the assignment names them. */
  fenced = new Set<number>();
  dropPolls = false;
  /** When the topic was created, microseconds. */
  createdAt = 1_000n;
  readonly members = new Set<number>();

  readonly script = (request: ReceivedRequest): Answer | undefined => {
    const member = this.members.has(request.connection);
    if (request.is(createConsumerGroup)) {
      if (this.exists) return request.result(5004);
      this.exists = true;
      return request.ok(createConsumerGroup, {
        id: 0,
        partitionsCount: 3,
        membersCount: 0,
        name: "billing",
        members: [],
      });
    }
    if (request.is(joinConsumerGroup)) {
      if (!this.exists) return request.result(5000);
      this.members.add(request.connection);
      this.generation += 1n;
      return request.ok(joinConsumerGroup);
    }
    if (request.is(leaveConsumerGroup))
      return this.members.delete(request.connection) ? request.ok(leaveConsumerGroup) : request.result(5006);
    if (request.is(syncConsumerGroup)) {
      const { generation, partitions } = this;
      return request.ok(syncConsumerGroup, member ? { generation, partitions } : undefined);
    }
    if (request.is(getTopic)) return request.ok(getTopic, topicCreatedAt(this.createdAt));
    if (request.is(pollMessages)) return this.#poll(request, member);
    if (request.is(storeConsumerOffset)) {
      const { partition = -1, offset } = request.read(storeConsumerOffset);
      if (!member || !this.partitions.includes(partition) || this.fenced.has(partition)) return request.result(20);
      this.stored.set(partition, offset);
      return request.ok(storeConsumerOffset);
    }
    if (request.is(getConsumerOffset)) {
      const { partition = -1 } = request.read(getConsumerOffset);
      const storedOffset = this.stored.get(partition);
      return request.ok(
        getConsumerOffset,
        storedOffset === undefined ? undefined : { partition, currentOffset: 100n, storedOffset },
      );
    }
    return undefined;
  };

  #poll(request: ReceivedRequest, member: boolean): Answer {
    if (this.dropPolls) {
      this.dropPolls = false;
      return "drop";
    }
    const { partition = -1 } = request.read(pollMessages);
    const owned = member && this.partitions.includes(partition) && !this.fenced.has(partition);
    const body = Buffer.alloc(16);
    body.writeUInt32LE(owned ? partition : FENCED_PARTITION, 0);
    const reply = Buffer.concat([request.status(0), body]);
    reply.writeUInt32LE(reply.length, 48);
    return reply;
  }
}

function topicCreatedAt(createdAt: bigint): TopicDetails {
  const partition = { createdAt, segmentsCount: 1, currentOffset: 100n, size: 0n, messagesCount: 101n };
  return {
    id: 1,
    createdAt,
    partitionsCount: 3,
    messageExpiry: 0n,
    compression: "none",
    maxTopicSize: 0n,
    size: 0n,
    messagesCount: 0n,
    name: TARGET.topic,
    options: new Map(),
    derivedOptions: new Map(),
    partitions: [0, 1, 2].map((id) => ({ id, ...partition })),
  };
}

async function joined(context: TestContext, partitions: number[]) {
  const group = new ScriptedGroup();
  group.partitions = partitions;
  const connection = await connected(context, group.script);
  const member = await GroupMember.join(connection.client, TARGET);
  return { ...connection, group, member };
}

/** Ends the session; resolves when the next one is open. */
async function reconnect({ server, entered }: Awaited<ReturnType<typeof joined>>): Promise<void> {
  const ready = entered("ready");
  server.dropConnections();
  await ready;
}

test("joining reads the assignment", async (context) => {
  const { member } = await joined(context, [2, 0]);
  assert.deepEqual(member.assignment, [0, 2]);
  assert.equal(member.generation, 1n);
  assert.deepEqual(await member.sync(), { assigned: [0, 2], added: [], revoked: [] });
});

test("a missing group is refused, or created when asked for", async (context) => {
  const group = new ScriptedGroup();
  group.exists = false;
  group.partitions = [0];
  const { client, server } = await connected(context, group.script);
  await assert.rejects(GroupMember.join(client, TARGET), { code: 5000 });
  const member = await GroupMember.join(client, { ...TARGET, create: true });
  assert.deepEqual(member.assignment, [0]);
  assert.equal(server.received(createConsumerGroup)[0]!.read(createConsumerGroup).name, "billing");
});

test("a rebalance is reported as the partitions added and revoked", async (context) => {
  const { group, member } = await joined(context, [0, 1]);
  group.partitions = [1, 2];
  group.generation = 7n;
  assert.deepEqual(await member.sync(), { assigned: [1, 2], added: [2], revoked: [0] });
  assert.equal(member.generation, 7n);
});

test("a poll of a partition that moved is fenced; the sync after it names what is left", async (context) => {
  const { group, member } = await joined(context, [0, 1]);
  assert.notEqual(await member.poll(0, NEXT, 10), "fenced");
  group.partitions = [1];
  assert.equal(await member.poll(0, NEXT, 10), "fenced");
  assert.deepEqual(await member.sync(), { assigned: [1], added: [], revoked: [] });
});

test("a partition that was fenced and stays ours is reported as added, because its work was dropped", async (context) => {
  const { group, member } = await joined(context, [0, 1]);
  group.fenced.add(0);
  assert.equal(await member.poll(0, NEXT, 10), "fenced");
  group.fenced.clear();
  assert.deepEqual(await member.sync(), { assigned: [0, 1], added: [0], revoked: [] });
});

test("a partition that is not in the assignment is fenced without asking the server", async (context) => {
  const { member, server } = await joined(context, [0]);
  assert.equal(await member.poll(5, NEXT, 10), "fenced");
  assert.equal(await member.store(5, 1n), "lost");
  assert.equal(server.received(pollMessages).length + server.received(storeConsumerOffset).length, 0);
});

test("a store to a partition that moved is lost; one that is draining is stored", async (context) => {
  const { group, member } = await joined(context, [0, 1]);
  assert.equal(await member.store(0, 4n), "stored");
  assert.equal(await member.getOffset(0), 4n);
  assert.equal(await member.getOffset(1), undefined);
  group.fenced.add(1);
  assert.equal(await member.store(1, 9n), "lost");
  group.fenced.clear();
  const both = group.partitions;
  group.partitions = [1];
  await member.sync();
  group.partitions = both;
  assert.equal(await member.store(0, 5n), "stored", "revoked, but the server still takes its offset");
});

test("after a reconnect a poll joins again first and continues where the partition is still ours", async (context) => {
  const connection = await joined(context, [0, 1]);
  const { member, server } = connection;
  await reconnect(connection);
  const frames = await member.poll(0, NEXT, 10);
  assert.ok(frames !== "fenced");
  assert.equal(frames.partition, 0);
  const second = server.requests.filter(({ connection: number }) => number === 2).slice(1);
  assert.deepEqual(
    second.map((request) =>
      [joinConsumerGroup, syncConsumerGroup, getTopic, pollMessages].findIndex((c) => request.is(c)),
    ),
    [0, 1, 2, 3],
  );
  assert.deepEqual(await member.sync(), { assigned: [0, 1], added: [], revoked: [] });
});

test("after a reconnect that cost a partition its poll is fenced and its store is lost", async (context) => {
  const connection = await joined(context, [0, 1]);
  const { member, group, server } = connection;
  group.partitions = [1, 2];
  await reconnect(connection);
  assert.equal(await member.store(0, 3n), "lost");
  assert.equal(await member.poll(0, NEXT, 10), "fenced");
  assert.equal(server.received(storeConsumerOffset).length, 0);
  assert.deepEqual(await member.sync(), { assigned: [1, 2], added: [2], revoked: [] });
});

test("after a reconnect a store below what another member stored meanwhile is lost", async (context) => {
  const connection = await joined(context, [0]);
  const { member, group } = connection;
  assert.equal(await member.store(0, 3n), "stored");
  await reconnect(connection);
  group.stored.set(0, 50n);
  assert.equal(await member.store(0, 4n), "lost");
  assert.equal(group.stored.get(0), 50n);
  assert.deepEqual((await member.sync()).added, [0]);
  assert.equal(await member.store(0, 51n), "stored");
});

test("after a reconnect during which no other member stored, open work is stored", async (context) => {
  const connection = await joined(context, [0]);
  const { member, group } = connection;
  assert.equal(await member.store(0, 3n), "stored");
  await reconnect(connection);
  assert.equal(await member.store(0, 4n), "stored");
  assert.equal(group.stored.get(0), 4n);
});

test("a poll whose connection breaks is answered by the new membership", async (context) => {
  const { member, group, server } = await joined(context, [0]);
  group.dropPolls = true;
  const frames = await member.poll(0, NEXT, 10);
  assert.ok(frames !== "fenced");
  assert.equal(frames.partition, 0);
  assert.deepEqual([...group.members], [1, 2]);
  assert.equal(server.received(joinConsumerGroup).length, 2);
});

test("calls made together after a reconnect join once", async (context) => {
  const connection = await joined(context, [0, 1]);
  const { member, server } = connection;
  await reconnect(connection);
  await Promise.all([member.poll(0, NEXT, 1), member.poll(1, NEXT, 1), member.store(0, 1n), member.sync()]);
  assert.equal(server.received(joinConsumerGroup).length, 2);
});

test("a membership that the server forgot is renewed by a sync", async (context) => {
  const { member, group, server } = await joined(context, [0]);
  group.members.clear();
  assert.equal(await member.poll(0, NEXT, 1), "fenced");
  assert.deepEqual((await member.sync()).assigned, [0]);
  assert.equal(server.received(joinConsumerGroup).length, 2);
});

test("a server that never keeps the membership is reported as that", async (context) => {
  const group = new ScriptedGroup();
  const { client } = await connected(context, (request) =>
    request.is(syncConsumerGroup) ? request.ok(syncConsumerGroup) : group.script(request),
  );
  await assert.rejects(GroupMember.join(client, TARGET), { code: 5006, retryable: true });
});

test("leaving gives the partitions away; the member cannot be used afterwards", async (context) => {
  const { member, group, server } = await joined(context, [0]);
  await member.leave();
  await member.leave();
  assert.equal(group.members.size, 0);
  assert.equal(server.received(leaveConsumerGroup).length, 1);
  const left = (error: unknown) => error instanceof IggyError && error.code === 5006 && !error.retryable;
  await assert.rejects(member.poll(0, NEXT, 1), left);
  await assert.rejects(member.store(0, 1n), left);
  await assert.rejects(member.sync(), left);
});

test("leaving after the session is gone sends no request, for the membership ended with it", async (context) => {
  const connection = await joined(context, [0]);
  const { member, client, server } = connection;
  await reconnect(connection);
  await member.leave();
  await client.ping();
  assert.equal(server.received(ping).length, 1);
  assert.equal(server.received(leaveConsumerGroup).length, 0);
});

test("an offset of a topic that was created again is lost, also when the same partition is owned again", async (context) => {
  const connection = await joined(context, [0]);
  const { member, group } = connection;
  const history = member.history(0);
  assert.ok(history !== undefined && history.length <= 64);
  assert.equal(await member.store(0, 3n, history), "stored");
  group.createdAt = 2_000n;
  group.stored.clear();
  await reconnect(connection);
  assert.equal(await member.store(0, 4n, history), "lost");
  assert.deepEqual([...group.stored], [], "the new topic's offsets are untouched");
  assert.notEqual(member.history(0), history);
  assert.equal(await member.store(0, 4n, member.history(0)), "stored");
});
