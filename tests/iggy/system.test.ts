import assert from "node:assert/strict";
import { test } from "node:test";
import { IggyClient } from "@iggy-connectors/client";
import { isLegacy, ServerUnderTest, unique } from "./server-under-test.ts";

test("connects, finds the dialect, and is among the clients", async (t) => {
  await using server = await ServerUnderTest.start();
  const client = await server.connect();
  t.diagnostic(`Iggy ${client.server?.version ?? "of unknown version"}, protocol ${client.server?.protocol}`);
  assert.match(client.server?.protocol ?? "", /^(legacy|\d+\.\d+\.\d+)$/);
  await client.ping();
  const me = await client.getMe();
  assert.equal(me.transport, "tcp");
  assert.equal(me.userId, 0 + (isLegacy(client) ? (me.userId ?? 0) : 0), "the root user");
  const clients = await client.getClients();
  assert.ok(clients.some(({ id }) => id === me.id));
  assert.equal((await client.getClient(me.id))?.address, me.address);
  assert.equal(await client.getClient(4_000_000_000), undefined);
});

test("statistics count what is made", async () => {
  await using server = await ServerUnderTest.start();
  const client = await server.connect();
  const place = await server.topic(client, 3);
  await client.sendMessages({ ...place, messages: [{ payload: Buffer.from("x") }] });
  await client.createConsumerGroup(place.stream, place.topic, "group");
  const stats = await client.getStats();
  assert.ok(stats.streamsCount >= 1 && stats.topicsCount >= 1 && stats.partitionsCount >= 3);
  assert.ok(stats.messagesCount >= 1n && stats.clientsCount >= 1 && stats.consumerGroupsCount >= 1);
  assert.ok(stats.processId > 0 && stats.totalMemory > 0n && stats.hostname !== "");
  assert.match(stats.serverVersion, /^0\.\d+\.\d+/);
});

test("options and cluster where the server tells of them", async () => {
  await using server = await ServerUnderTest.start();
  const client = await server.connect();
  if (isLegacy(client)) {
    await assert.rejects(client.describeOptions("topic"), { code: 5 });
    return;
  }
  const keys = (await client.describeOptions("topic")).map(({ key }) => key);
  for (const key of ["compression_algorithm", "max_topic_size", "message_expiry", "segment_size"]) {
    assert.ok(keys.includes(key), key);
  }
  assert.deepEqual(await client.describeOptions("stream"), []);
  const { nodes } = await client.getClusterMetadata();
  assert.equal(nodes.filter(({ role }) => role === "leader").length, 1);
});

test("a wrong login, and a port without a listener", async () => {
  await using server = await ServerUnderTest.start();
  await assert.rejects(server.connect({ username: "iggy", password: unique("password") }), { code: 42 });
  await assert.rejects(server.connect({ username: unique("user"), password: "password" }), { code: 42 });
  await assert.rejects(server.connect({ token: unique("token") }), { code: 53 });
  await assert.rejects(IggyClient.connect({ address: "127.0.0.1:1" }), { code: 9 });
});

test("a client that is closed says so", async () => {
  await using server = await ServerUnderTest.start();
  const client = await server.connect();
  await client.close();
  assert.equal(client.state, "closed");
  await assert.rejects(client.ping(), { code: 63 });
});
