import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { BatchWriter, headersFrom, legacy, Reader } from "@iggy-connectors/protocol";
import { QUICK } from "../../../test/connected.ts";
import { type LegacyScript, LegacyServer, recorded } from "../../../test/legacy-server.ts";
import { IggyClient, IggyError } from "../../index.ts";

const J = { stream: "jstream", topic: "jtopic" } as const;
const READER = { kind: "consumer", id: 7 } as const;
const ORDERS = { stream: "orders", topic: "events" } as const;
const ALICE = {
  global: {
    manageServers: false,
    readServers: true,
    manageUsers: false,
    readUsers: true,
    manageStreams: false,
    readStreams: true,
    manageTopics: false,
    readTopics: true,
    pollMessages: true,
    sendMessages: false,
  },
  streams: new Map(),
};

async function connect(context: TestContext, script: LegacyScript = () => undefined) {
  const server = await LegacyServer.start(script);
  const client = await IggyClient.connect({ address: server.address, ...QUICK });
  context.after(async () => {
    await client.close();
    await server.close();
  });
  return { server, client };
}

/** What the recorded request grants. */
function aliceMay() {
  const reader = new Reader(recorded("create-user-permissions").request.subarray(legacy.HEADER_SIZE));
  return legacy.createUser.decodeRequest(reader).permissions;
}

type Calls = Readonly<Record<string, (client: IggyClient) => Promise<unknown>>>;

/** Calls that make, byte for byte, the request that an official client made, and read what a real server answered. */
const CALLS: Calls = {
  ping: (client) => client.ping(),
  "get-me": (client) => client.getMe(),
  "get-me-in-group": (client) => client.getMe(),
  "get-client": (client) => client.getClient(1390674616),
  "get-client-missing": (client) => client.getClient(1),
  "get-clients": (client) => client.getClients(),
  "get-stats": (client) => client.getStats(),
  "get-cluster-metadata": (client) => client.getClusterMetadata(),
  "get-snapshot-no-types": (client) => client.getSnapshot({ compression: "stored", types: [] }),
  "create-stream": (client) => client.createStream("orders"),
  "get-stream": (client) => client.getStream("orders"),
  "get-stream-with-topics": (client) => client.getStream("orders"),
  "get-stream-missing": (client) => client.getStream("nope"),
  "get-streams": (client) => client.getStreams(),
  "update-stream": (client) => client.updateStream("jstream", "jstream2"),
  "purge-stream": (client) => client.purgeStream("nstream"),
  "delete-stream": (client) => client.deleteStream("jstream2"),
  "create-topic": (client) => client.createTopic({ stream: "orders", name: "events", partitionsCount: 2 }),
  "get-topic": (client) => client.getTopic("orders", "events"),
  "get-topics": (client) => client.getTopics("jstream"),
  "delete-topic": (client) => client.deleteTopic("jstream2", "jtopic"),
  "purge-topic": (client) => client.purgeTopic("nstream", "ntopic"),
  "create-partitions": (client) => client.createPartitions("jstream", "jtopic", 1),
  "delete-partitions": (client) => client.deletePartitions("jstream", "jtopic", 1),
  "delete-segments": (client) => client.deleteSegments(0, 0, 1, 1),
  "flush-unsaved-buffer": (client) => client.flushUnsavedBuffer(0, 0, 1, false),
  "poll-messages": (client) =>
    client.pollMessages({
      ...ORDERS,
      consumer: { kind: "consumer", id: 0 },
      partition: 0,
      strategy: { kind: "first" },
      count: 10,
      autoCommit: true,
    }),
  "poll-messages-no-partition": (client) =>
    client.pollMessages({ ...J, consumer: READER, strategy: { kind: "offset", offset: 0n }, count: 10 }),
  "store-offset": (client) => client.storeConsumerOffset({ ...J, consumer: READER, partition: 0, offset: 1n }),
  "get-offset": (client) => client.getConsumerOffset({ ...J, consumer: READER, partition: 0 }),
  "get-offset-missing": (client) => client.getConsumerOffset({ ...J, consumer: READER, partition: 0 }),
  "delete-offset": (client) =>
    client.deleteConsumerOffset({ stream: 0, topic: 0, consumer: { kind: "consumer", id: 0 }, partition: 1 }),
  "create-consumer-group": (client) => client.createConsumerGroup("orders", "events", "grp"),
  "get-consumer-group": (client) => client.getConsumerGroup("jstream", "jtopic", "jgroup"),
  "get-consumer-group-missing": (client) => client.getConsumerGroup("orders", "events", "grp"),
  "get-consumer-groups": (client) => client.getConsumerGroups("jstream", "jtopic"),
  "join-consumer-group": (client) => client.joinConsumerGroup("orders", "events", "grp"),
  "leave-consumer-group": (client) => client.leaveConsumerGroup("jstream", "jtopic", "jgroup"),
  "delete-consumer-group": (client) => client.deleteConsumerGroup("jstream", "jtopic", "jgroup"),
  "create-user": (client) => client.createUser({ username: "bobby", password: "secret2" }),
  "create-user-permissions": (client) =>
    client.createUser({ username: "alice", password: "secret1", permissions: aliceMay() }),
  "get-user": (client) => client.getUser("alice"),
  "get-user-missing": (client) => client.getUser("bobby2"),
  "get-users": (client) => client.getUsers(),
  "update-user": (client) => client.updateUser({ user: "bobby", username: "bobby2", status: "inactive" }),
  "update-permissions": (client) => client.updatePermissions("bobby2", ALICE),
  "change-password": (client) => client.changePassword("bobby2", "secret2", "secret3"),
  "delete-user": (client) => client.deleteUser("bobby2"),
  "create-pat": (client) => client.createPersonalAccessToken("mytoken", 3_600_000_000n),
  "get-pats": (client) => client.getPersonalAccessTokens(),
  "delete-pat": (client) => client.deletePersonalAccessToken("mytoken"),
};

for (const [name, call] of Object.entries(CALLS)) {
  test(`legacy ${name}: the request of an official client, the answer of a real server`, async (context) => {
    const { request, response } = recorded(name);
    const { server, client } = await connect(context);
    server.script = ({ frame }) => (frame.equals(request) ? response : undefined);
    const result = await call(client);
    assert.deepEqual(server.requests.at(-1)!.frame.toString("hex"), request.toString("hex"));
    if (name.endsWith("-missing")) assert.equal(result, undefined);
    const carriesSomething = response.length > legacy.HEADER_SIZE;
    if (/^(get|create)-(?!partitions)/.test(name)) assert.equal(result !== undefined, carriesSomething);
  });
}

const REFUSALS: Readonly<Record<string, [number, (client: IggyClient) => Promise<unknown>]>> = {
  "create-stream-duplicate": [1012, (client) => client.createStream("orders")],
  "delete-stream-missing": [1009, (client) => client.deleteStream("missing")],
  "create-topic-too-small": [
    1019,
    (client) => client.createTopic({ stream: 0, name: "small", partitionsCount: 1, maxTopicSize: 1000 }),
  ],
  "create-consumer-group-duplicate": [5004, (client) => client.createConsumerGroup("jstream", "jtopic", "jgroup")],
  "leave-consumer-group-not-member": [5006, (client) => client.leaveConsumerGroup("jstream", "jtopic", "jgroup")],
  "store-offset-too-big": [
    4100,
    (client) => client.storeConsumerOffset({ ...J, consumer: READER, partition: 0, offset: 999n }),
  ],
  "delete-offset-missing": [
    3021,
    (client) =>
      client.deleteConsumerOffset({ stream: 0, topic: 0, consumer: { kind: "consumer", id: 0 }, partition: 1 }),
  ],
};

for (const [name, [code, call]] of Object.entries(REFUSALS)) {
  test(`legacy ${name}: the refusal is ${code}, and the connection stays`, async (context) => {
    const { request, response } = recorded(name);
    const { server, client } = await connect(context, ({ frame }) => (frame.equals(request) ? response : undefined));
    const connections = server.connections;
    await assert.rejects(call(client), { code });
    await client.ping();
    assert.equal(server.connections, connections);
  });
}

test("legacy messages are sent one by one and as a batch, and their headers and ids arrive", async (context) => {
  const { server, client } = await connect(context, (request) =>
    request.is(legacy.sendMessages) ? request.ok(legacy.sendMessages) : undefined,
  );
  const place = { ...ORDERS, partitioning: { kind: "partition", partition: 1 } } as const;
  const headers = headersFrom({ region: "eu" });
  const timestamp = 1_700_000_000_000_000;
  const message = { payload: Buffer.from("hello"), id: 7n, headers, timestamp };
  const second = { payload: Buffer.from("b"), id: 8n, timestamp: timestamp + 1 };
  assert.equal(await client.sendMessages({ ...place, messages: [message, second] }), undefined);
  const batch = new BatchWriter().add(message.payload, message).add(second.payload, second);
  await client.sendBatch({ ...place, batch });
  for (const request of server.received(legacy.sendMessages)) {
    const { record, messagesCount, partitioning } = request.read(legacy.sendMessages);
    assert.deepEqual(partitioning, { kind: "partition", partition: 1 });
    const accepted = legacy.decodeMessagesForAppend(Buffer.from(record), messagesCount);
    assert.ok(accepted.ok);
    legacy.stampMessages(accepted, 40n, 5n);
    const [head, stored] = legacy.encodePollResponse({
      partition: 1,
      currentOffset: 41n,
      count: messagesCount,
      messages: [accepted.messages],
    });
    const frames = legacy.indexMessages(Buffer.concat([head!.subarray(legacy.HEADER_SIZE), stored!]));
    assert.deepEqual([frames.id(0), frames.id(1), frames.length], [7n, 8n, 2]);
    assert.equal(Buffer.from(frames.payload(0)).toString(), "hello");
    assert.deepEqual([frames.originTimestamp(0), frames.originTimestamp(1)], [timestamp, timestamp + 1]);
    assert.deepEqual(frames.headers(0).get("region"), { kind: "string", value: "eu" });
  }
});

test("an update of a legacy topic changes what is named and keeps the rest", async (context) => {
  const { server, client } = await connect(context, (request) => {
    if (request.is(legacy.getTopic)) return recorded("get-topic").response;
    return request.is(legacy.updateTopic) ? request.ok(legacy.updateTopic) : undefined;
  });
  await client.updateTopic({ ...ORDERS, name: "renamed", messageExpiry: 3_600_000_000n });
  const { options, name } = server.received(legacy.updateTopic)[0]!.read(legacy.updateTopic);
  assert.equal(name, "renamed");
  assert.deepEqual(options?.get("message_expiry"), { kind: "uint64", value: 3_600_000_000n });
  assert.deepEqual(options?.get("max_topic_size"), { kind: "uint64", value: 2n ** 64n - 1n });
});

test("a command that came with 0.9 is refused with the server's version and not sent", async (context) => {
  const { server, client } = await connect(context);
  const before = server.requests.length;
  for (const call of [
    () => client.describeOptions("topic"),
    () => client.createTopic({ ...ORDERS, name: "t", partitionsCount: 1, durability: "persisted" }),
    () => client.createTopic({ ...ORDERS, name: "t", partitionsCount: 1, segmentSize: 1024 * 1024 }),
  ]) {
    await assert.rejects(call(), (error) => {
      assert.ok(error instanceof IggyError);
      assert.equal(error.retryable, false);
      return error.message.includes(`Iggy 0.8.0 at ${server.address}`);
    });
  }
  assert.equal(server.requests.length, before);
});
