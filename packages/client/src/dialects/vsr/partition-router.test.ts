import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import {
  attachConsumerSession,
  createStream,
  getClusterMetadata,
  getConsumerOffsetRouting,
  getPollRouting,
  loginWithPassword,
  pollMessages,
  pollMessagesOnPrimary,
  storeConsumerOffset,
} from "@iggy-connectors/protocol";
import { eventually } from "@iggy-connectors/testing";
import { QUICK } from "../../../test/connected.ts";
import { type Answer, node, type ReceivedRequest, ScriptedServer } from "../../../test/scripted-server.ts";
import { type ClientOptions, IggyClient } from "../../index.ts";

const TARGET = {
  consumer: { kind: "group", id: "billing" },
  stream: "orders",
  topic: "created",
  partition: 1,
} as const;
const POLL = { ...TARGET, strategy: { kind: "next" }, count: 10 } as const;
const COMMIT_AT = 184;

/** A leader that knows which node is the primary of every partition, and that node. */
class RoutedCluster {
  readonly leader: ScriptedServer;
  readonly other: ScriptedServer;
  /** Where routes lead. */
  primary: ScriptedServer;
  /** What the leader says of the metadata log. */
  commit = 0n;
  answerStore: (request: ReceivedRequest) => Answer = (request) => request.ok(storeConsumerOffset);
  knowsRoutes = true;

  constructor(leader: ScriptedServer, other: ScriptedServer) {
    this.leader = leader;
    this.other = other;
    this.primary = other;
    leader.script = (request) => this.#answer(request);
    other.script = (request) => this.#answer(request);
  }

  #answer(request: ReceivedRequest): Answer | undefined {
    if (request.is(getClusterMetadata)) {
      const nodes = [node(this.leader.port, "leader"), node(this.other.port, "follower")];
      return request.ok(getClusterMetadata, { name: "two", nodes });
    }
    if (request.is(getPollRouting) || request.is(getConsumerOffsetRouting)) {
      if (!this.knowsRoutes) return request.status(3);
      const { client, session } = request.header;
      const primary = node(this.primary.port, "follower");
      return request.ok(getPollRouting, { client, session, metadataWatermark: this.commit, primary });
    }
    if (request.is(attachConsumerSession)) return request.ok(attachConsumerSession);
    if (request.is(storeConsumerOffset)) return this.answerStore(request);
    if (request.is(pollMessages) || request.is(pollMessagesOnPrimary)) {
      const reply = Buffer.concat([request.status(0), Buffer.alloc(16)]);
      reply.writeUInt32LE(reply.length, 48);
      reply.writeUInt32LE(1, 256);
      return reply;
    }
    if (request.is(createStream)) {
      const stream = {
        id: 0,
        createdAt: 1n,
        topicsCount: 0,
        size: 0n,
        messagesCount: 0n,
        name: "s",
        options: new Map(),
      };
      const reply = request.ok(createStream, { ...stream, topics: [] });
      reply.writeBigUInt64LE(this.commit, COMMIT_AT);
      return reply;
    }
    return undefined;
  }
}

async function started(context: TestContext, options: Partial<ClientOptions> = {}) {
  const cluster = new RoutedCluster(await ScriptedServer.start(), await ScriptedServer.start());
  const client = await IggyClient.connect({ address: cluster.leader.address, ...QUICK, ...options });
  context.after(async () => {
    await client.close();
    await Promise.all([cluster.leader.close(), cluster.other.close()]);
  });
  return { cluster, client };
}

test("an offset goes to its partition's primary, on a session of its own that acts for the member's", async (context) => {
  const { cluster, client } = await started(context);
  await client.storeConsumerOffset({ ...TARGET, offset: 5n });
  await client.storeConsumerOffset({ ...TARGET, offset: 6n });
  const { leader, other } = cluster;
  assert.equal(leader.received(storeConsumerOffset).length, 0);
  assert.equal(leader.received(getConsumerOffsetRouting).length, 1, "the way is asked once");
  assert.equal(other.received(loginWithPassword).length, 1);
  const member = leader.received(loginWithPassword)[0]!.header.client;
  assert.deepEqual(
    other.received(attachConsumerSession).map((request) => request.read(attachConsumerSession)),
    [{ client: member, session: 1n, metadataWatermark: 0n }],
  );
  const [first, second] = other.received(storeConsumerOffset);
  assert.notEqual(first!.header.client, member);
  assert.ok(second!.header.request > first!.header.request);
  assert.equal(first!.read(storeConsumerOffset).offset, 5n);
});

test("a poll that commits goes to the primary, one that does not stays", async (context) => {
  const { cluster, client } = await started(context);
  await client.pollMessages({ ...POLL, autoCommit: true });
  await client.pollMessages(POLL);
  assert.equal(cluster.other.received(pollMessagesOnPrimary).length, 1);
  assert.equal(cluster.leader.received(pollMessages).length, 1);
  assert.equal(cluster.leader.received(getPollRouting).length, 1);
});

test("a primary that does not accept is looked up again, and replaced by the new one", async (context) => {
  const { cluster, client } = await started(context);
  cluster.answerStore = (request) => {
    if (cluster.primary === cluster.leader) return request.ok(storeConsumerOffset);
    cluster.primary = cluster.leader;
    return request.status(58);
  };
  await client.storeConsumerOffset({ ...TARGET, offset: 5n });
  assert.equal(cluster.other.received(storeConsumerOffset).length, 1);
  assert.equal(cluster.leader.received(storeConsumerOffset).length, 1);
  assert.equal(cluster.leader.received(getConsumerOffsetRouting).length, 2);
});

test("a primary that is lost before it answers leaves the outcome unknown, and is found again", async (context) => {
  const { cluster, client } = await started(context);
  let dropped = false;
  cluster.answerStore = (request) => {
    if (dropped) return request.ok(storeConsumerOffset);
    dropped = true;
    return "drop";
  };
  await assert.rejects(client.storeConsumerOffset({ ...TARGET, offset: 5n }), { code: 8, outcomeUnknown: true });
  await client.storeConsumerOffset({ ...TARGET, offset: 5n });
  assert.equal(cluster.other.received(loginWithPassword).length, 2);
  assert.equal(client.epoch, 1, "the membership is not touched");
});

test("a silent primary fails the call, and the membership stays", async (context) => {
  const { cluster, client } = await started(context, { requestTimeout: 150 });
  cluster.answerStore = () => "silence";
  await assert.rejects(client.storeConsumerOffset({ ...TARGET, offset: 5n }), { code: 8, outcomeUnknown: true });
  cluster.answerStore = (request) => request.ok(storeConsumerOffset);
  await client.storeConsumerOffset({ ...TARGET, offset: 5n });
  assert.equal(client.epoch, 1);
  assert.equal(cluster.other.received(loginWithPassword).length, 2);
});

test("a refusal of the server is reported, once", async (context) => {
  const { cluster, client } = await started(context);
  cluster.answerStore = (request) => request.status(20);
  await assert.rejects(client.storeConsumerOffset({ ...TARGET, offset: 5n }), { code: 20, outcomeUnknown: false });
  assert.equal(cluster.other.received(storeConsumerOffset).length, 1);
});

test("after a change of metadata the primary is told which position it must have applied", async (context) => {
  const { cluster, client } = await started(context);
  await client.storeConsumerOffset({ ...TARGET, offset: 5n });
  cluster.commit = 9n;
  await client.createStream("s");
  await client.storeConsumerOffset({ ...TARGET, offset: 6n });
  const watermarks = cluster.other
    .received(attachConsumerSession)
    .map((r) => r.read(attachConsumerSession).metadataWatermark);
  assert.deepEqual(watermarks, [0n, 9n]);
  assert.equal(cluster.leader.received(getConsumerOffsetRouting).length, 2);
});

test("in a cluster without routes every call goes to the leader", async (context) => {
  const { cluster, client } = await started(context);
  cluster.knowsRoutes = false;
  await client.storeConsumerOffset({ ...TARGET, offset: 5n });
  await client.storeConsumerOffset({ ...TARGET, offset: 6n });
  assert.equal(cluster.leader.received(storeConsumerOffset).length, 2);
  assert.equal(cluster.leader.received(getConsumerOffsetRouting).length, 1);
  assert.equal(cluster.other.connections, 0);
});

test("attached sessions end with the session they act for", async (context) => {
  const { cluster, client } = await started(context);
  await client.storeConsumerOffset({ ...TARGET, offset: 5n });
  cluster.leader.dropConnections();
  await eventually(() => client.epoch === 2);
  await client.storeConsumerOffset({ ...TARGET, offset: 6n });
  const [, second] = cluster.other.received(attachConsumerSession).map((r) => r.read(attachConsumerSession).client);
  assert.equal(second, cluster.leader.received(loginWithPassword)[1]!.header.client);
  assert.deepEqual(cluster.other.openConnections.length, 1);
});
