import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { legacy } from "@iggy-connectors/protocol";
import { eventually } from "@iggy-connectors/testing";
import { QUICK } from "../../../test/connected.ts";
import { type LegacyAnswer, type LegacyRequest, LegacyServer } from "../../../test/legacy-server.ts";
import { GroupMember, IggyClient } from "../../index.ts";

const TARGET = { stream: "orders", topic: "created", group: "billing" } as const;
const NEXT = { kind: "next" } as const;

/** A group as a server of 0.8 keeps it: members are connections, and a connection does not learn which member it is. */
class LegacyGroup {
  exists = true;
  /** Newest offset of each partition; 0 also when it is empty. */
  newest = [9n, 9n, 9n];
  stored = new Map<number, bigint>();
  /** By connection. */
  readonly members = new Map<number, number[]>();

  readonly script = (request: LegacyRequest): LegacyAnswer | undefined => {
    const owned = this.members.get(request.connection);
    if (request.is(legacy.createConsumerGroup)) {
      this.exists = true;
      const group = { id: 0, partitionsCount: this.newest.length, membersCount: 0, name: "billing", members: [] };
      return request.ok(legacy.createConsumerGroup, group);
    }
    if (request.is(legacy.joinConsumerGroup)) {
      if (!this.exists) return request.status(5000);
      if (owned === undefined) this.members.set(request.connection, []);
      return request.ok(legacy.joinConsumerGroup);
    }
    if (request.is(legacy.leaveConsumerGroup)) {
      return this.members.delete(request.connection) ? request.ok(legacy.leaveConsumerGroup) : request.status(5006);
    }
    if (request.is(legacy.getConsumerGroup)) {
      if (!this.exists) return request.ok(legacy.getConsumerGroup);
      const members = [...this.members.values()].map((partitions, id) => ({ id, partitions }));
      const { length: partitionsCount } = this.newest;
      const group = { id: 0, partitionsCount, membersCount: members.length, name: "billing", members };
      return request.ok(legacy.getConsumerGroup, group);
    }
    if (request.is(legacy.getTopic)) return request.ok(legacy.getTopic);
    if (request.is(legacy.pollMessages)) {
      const { partition = 0 } = request.read(legacy.pollMessages);
      if (owned === undefined) return request.status(5006);
      const ours = owned.includes(partition);
      const found = { partition: ours ? partition : 0, currentOffset: ours ? this.newest[partition]! : 0n };
      return Buffer.concat(legacy.encodePollResponse({ ...found, count: 0, messages: [] }));
    }
    if (request.is(legacy.storeConsumerOffset)) {
      const { partition = -1, offset } = request.read(legacy.storeConsumerOffset);
      if (owned === undefined) return request.status(5006);
      if (!owned.includes(partition)) return request.status(3022);
      this.stored.set(partition, offset);
      return request.ok(legacy.storeConsumerOffset);
    }
    if (request.is(legacy.getConsumerOffset)) {
      const { partition = -1 } = request.read(legacy.getConsumerOffset);
      const storedOffset = this.stored.get(partition);
      const offset = storedOffset === undefined ? undefined : { partition, currentOffset: 9n, storedOffset };
      return request.ok(legacy.getConsumerOffset, offset);
    }
    return undefined;
  };

  /** Gives every member what is said, in the order of joining. */
  assign(...owned: number[][]): void {
    for (const [index, connection] of [...this.members.keys()].entries()) {
      this.members.set(connection, owned[index] ?? []);
    }
  }
}

async function started(context: TestContext) {
  const group = new LegacyGroup();
  const server = await LegacyServer.start(group.script);
  const client = await IggyClient.connect({ address: server.address, ...QUICK });
  context.after(async () => {
    await client.close();
    await server.close();
  });
  return { group, server, client };
}

test("a member finds out which partitions it owns", async (context) => {
  const { group, client } = await started(context);
  const member = await GroupMember.join(client, TARGET);
  group.assign([0, 2]);
  assert.deepEqual((await member.sync()).assigned, [0, 2]);
  group.assign([1]);
  const generation = member.generation;
  assert.deepEqual((await member.sync()).revoked, [0, 2]);
  assert.ok(member.generation > generation);
});

test("a partition of another member is fenced, and its offset is refused", async (context) => {
  const { group, client } = await started(context);
  const member = await GroupMember.join(client, TARGET);
  group.assign([1, 2]);
  await member.sync();
  assert.notEqual(await member.poll(1, NEXT, 10), "fenced");
  group.assign([2]);
  assert.equal(await member.poll(1, NEXT, 10), "fenced");
  assert.equal(await member.store(1, 4n), "lost");
  assert.equal(group.stored.size, 0);
  assert.equal(await member.store(2, 4n), "stored");
  assert.equal(await member.getOffset(2), 4n);
});

test("the owner of an empty partition 0 is found by the list of members, where possible", async (context) => {
  const { group, client } = await started(context);
  group.newest = [0n, 0n, 0n];
  const member = await GroupMember.join(client, TARGET);
  group.members.set(1000, []);
  group.assign([1], [0, 2]);
  assert.deepEqual((await member.sync()).assigned, [1]);
  group.assign([0, 1], [2]);
  assert.deepEqual((await member.sync()).assigned, [0, 1]);
});

test("finding out delivers no message and stores no offset", async (context) => {
  const { server, client } = await started(context);
  await GroupMember.join(client, TARGET);
  for (const request of server.received(legacy.pollMessages)) {
    const { strategy, autoCommit } = request.read(legacy.pollMessages);
    assert.equal(autoCommit, false);
    assert.ok(strategy.kind === "offset" && strategy.offset > 2n ** 60n);
  }
});

test("a missing group is refused, or created when asked for", async (context) => {
  const { group, server, client } = await started(context);
  group.exists = false;
  await assert.rejects(GroupMember.join(client, TARGET), { code: 5000 });
  await GroupMember.join(client, { ...TARGET, create: true });
  assert.equal(server.received(legacy.createConsumerGroup).length, 1);
});

test("after a reconnect the group is joined again, and work of a partition that moved is lost", async (context) => {
  const { group, server, client } = await started(context);
  const member = await GroupMember.join(client, TARGET);
  group.assign([1, 2]);
  await member.sync();
  assert.equal(await member.store(1, 3n), "stored");
  group.members.clear();
  server.dropConnections();
  await eventually(() => client.epoch === 2 && client.state === "ready");
  assert.equal(await member.store(1, 4n), "lost");
  assert.equal(server.received(legacy.joinConsumerGroup).length, 2);
  assert.equal(group.stored.get(1), 3n);
});
