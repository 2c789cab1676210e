import assert from "node:assert/strict";
import { test } from "node:test";
import {
  createStream,
  EVICTION,
  encodeRequest,
  flushUnsavedBuffer,
  getClusterMetadata,
  getSnapshot,
  getStreams,
  joinConsumerGroup,
  loginWithPassword,
  loginWithToken,
  logout,
  PROTOCOL_VERSION,
  ping,
} from "@iggy-connectors/protocol";
import { RawClient } from "./raw-client.ts";
import { testClient, testServer } from "./with-server.ts";

const REQUEST_CHECKSUM_AT = 144;
const OPERATION_AT = 176;
const HEADER_SIZE = 256;

test("only ping is served before login", async (t) => {
  const server = await testServer(t);
  const client = await RawClient.connect(server);
  t.after(() => client.close());
  await client.call(ping, undefined);
  await assert.rejects(client.call(getStreams, undefined), { code: 40 });
  const evicted = await client.raw(client.frame(createStream, { name: "s" }));
  assert.deepEqual(
    [evicted.kind, evicted.kind === "eviction" && evicted.reason],
    ["eviction", EVICTION.noSession.reason],
  );
  await client.login();
  assert.deepEqual(await client.call(getStreams, undefined), []);
});

test("wrong credentials and tokens are evicted, and the connection may log in again", async (t) => {
  const server = await testServer(t, { rootUsername: "admin", rootPassword: "secret" });
  const client = await RawClient.connect(server);
  t.after(() => client.close());
  for (const [username, password] of [
    ["admin", "secre"],
    ["admin", "secret2"],
    ["iggy", "secret"],
  ] as const) {
    const reply = await client.raw(client.frame(loginWithPassword, { username, password }));
    assert.equal(reply.kind === "eviction" && reply.reason, EVICTION.invalidCredentials.reason);
  }
  const token = await client.raw(client.frame(loginWithToken, { token: "abc" }));
  assert.equal(token.kind === "eviction" && token.reason, EVICTION.invalidToken.reason);
  await client.login("admin", "secret");
  assert.notEqual(client.session, 0n);
});

test("the version is judged before checksum and layout", async (t) => {
  const server = await testServer(t);
  const client = await RawClient.connect(server);
  t.after(() => client.close());
  const versions: [number, boolean][] = [
    [PROTOCOL_VERSION, true],
    [PROTOCOL_VERSION + 999, true],
    [PROTOCOL_VERSION - 1, false],
    [12 << 10, false],
    [1 << 20, false],
  ];
  for (const [version, accepted] of versions) {
    const login = { username: "iggy", password: "iggy", version, sdkName: "x", sdkVersion: "1" };
    const frame = client.frame(loginWithPassword, login);
    if (!accepted) frame.fill(0x5a, REQUEST_CHECKSUM_AT, REQUEST_CHECKSUM_AT + 16);
    const reply = await client.raw(frame);
    if (accepted) {
      assert.equal(reply.kind, "reply");
    } else {
      assert.deepEqual(reply.kind === "eviction" && [reply.reason, reply.minimumVersion, reply.maximumVersion], [
        EVICTION.incompatibleProtocol.reason,
        PROTOCOL_VERSION,
        PROTOCOL_VERSION,
      ]);
    }
  }
});

test("a login that cannot be decoded is evicted as malformed", async (t) => {
  const server = await testServer(t);
  const client = await RawClient.connect(server);
  t.after(() => client.close());
  const whole = client.frame(loginWithPassword, { username: "iggy", password: "iggy" });
  for (const length of [HEADER_SIZE + 2, HEADER_SIZE + 8, whole.length - 6]) {
    const cut = Buffer.from(whole.subarray(0, length));
    cut.writeUInt32LE(length, 48);
    const reply = await client.raw(cut);
    assert.equal(reply.kind === "eviction" && reply.reason, EVICTION.malformedLogin.reason, `${length} bytes`);
  }
});

test("sessions grow with every login", async (t) => {
  const server = await testServer(t);
  const first = await testClient(t, server);
  const second = await testClient(t, server);
  assert.ok(second.session > first.session);
  await first.call(logout, undefined);
  await first.login();
  assert.ok(first.session > second.session);
});

test("the same client id on another connection takes the session over", async (t) => {
  const server = await testServer(t);
  const older = await testClient(t, server);
  const newer = await RawClient.connect(server);
  t.after(() => newer.close());
  newer.clientId = older.clientId;
  await newer.login();
  assert.ok(newer.session > older.session);
  const reply = await older.raw(older.frame(createStream, { name: "s" }));
  assert.equal(reply.kind === "eviction" && reply.reason, EVICTION.sessionTooLow.reason);
  await newer.call(createStream, { name: "s" });
});

test("the roster is one healthy leader at the server's own address", async (t) => {
  const server = await testServer(t);
  const client = await testClient(t, server);
  const { nodes } = await client.call(getClusterMetadata, undefined);
  assert.deepEqual(
    nodes.map(({ ip, tcpPort, role, status }) => ({ ip, tcpPort, role, status })),
    [{ ip: "127.0.0.1", tcpPort: server.port, role: "leader", status: "healthy" }],
  );
});

test("a wrong request checksum, a client id of 0 and an unknown operation are refused, not ignored", async (t) => {
  const server = await testServer(t);
  const client = await testClient(t, server);
  const spoiled = client.frame(createStream, { name: "s" });
  spoiled.writeUInt8(spoiled.readUInt8(REQUEST_CHECKSUM_AT) ^ 1, REQUEST_CHECKSUM_AT);
  const anonymous = encodeRequest(ping, undefined, { client: 0n, session: 0n, request: 1n });
  const unknown = client.frame(joinConsumerGroup, { stream: 0, topic: 0, group: 0 });
  unknown.writeUInt8(200, OPERATION_AT);
  const statuses: number[] = [];
  for (const frame of [spoiled, anonymous, unknown]) {
    const reply = await client.raw(frame);
    statuses.push(reply.kind === "reply" ? reply.header.status : -1);
  }
  assert.deepEqual(statuses, [4, 3, 3]);
});

test("internal operations are evicted, unavailable commands say so, unknown ones too", async (t) => {
  const server = await testServer(t);
  const client = await testClient(t, server);
  const read = async (code: number): Promise<number | string> => {
    const frame = client.frame({ ...ping, code }, undefined);
    const reply = await client.raw(frame);
    return reply.kind === "reply" ? reply.header.status : reply.kind;
  };
  const refused = [
    await client.raw(client.frame(getSnapshot, { compression: "stored", types: ["all"] })),
    await client.raw(client.frame(flushUnsavedBuffer, { stream: 0, topic: 0, partition: 0, fsync: true })),
  ];
  assert.deepEqual(
    refused.map((reply) => reply.kind === "reply" && reply.header.status),
    [5, 5],
  );
  assert.deepEqual(await Promise.all([read(202), read(101), read(604)]), [5, 5, 5]);
  assert.deepEqual(await Promise.all([read(14), read(103), read(104), read(123), read(9999)]), [3, 3, 3, 3, 3]);
  assert.deepEqual(await Promise.all([read(39), read(40), read(38)]), [0, 0, "eviction"]);
  const internal = client.frame(createStream, { name: "s" });
  for (const operation of [64, 68]) {
    internal.writeUInt8(operation, OPERATION_AT);
    const reply = await client.raw(internal);
    assert.equal(reply.kind === "eviction" && reply.reason, EVICTION.invalidRequestOperation.reason);
  }
});
