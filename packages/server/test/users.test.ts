import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import {
  changePassword,
  createConsumerGroup,
  createPersonalAccessToken,
  createStream,
  createTopic,
  createUser,
  deletePersonalAccessToken,
  deleteTopic,
  deleteUser,
  EVICTION,
  type GlobalPermissions,
  getClients,
  getMe,
  getPersonalAccessTokens,
  getStats,
  getStream,
  getStreams,
  getTopic,
  getUser,
  getUsers,
  loginWithPassword,
  loginWithToken,
  type Permissions,
  pollMessages,
  type StreamPermissions,
  storeConsumerOffset,
  updatePermissions,
  updateUser,
} from "@iggy-connectors/protocol";
import { RawClient } from "./raw-client.ts";
import { makeTopic, temporaryFolder, testClient, testServer } from "./with-server.ts";

const NOTHING: GlobalPermissions = {
  manageServers: false,
  readServers: false,
  manageUsers: false,
  readUsers: false,
  manageStreams: false,
  readStreams: false,
  manageTopics: false,
  readTopics: false,
  pollMessages: false,
  sendMessages: false,
};
const NO_STREAM: StreamPermissions = {
  manageStream: false,
  readStream: false,
  manageTopics: false,
  readTopics: false,
  pollMessages: false,
  sendMessages: false,
  topics: new Map(),
};
const ALICE = { username: "alice", password: "wonderland", status: "active" } as const;

function global(flags: Partial<GlobalPermissions>): Permissions {
  return { global: { ...NOTHING, ...flags }, streams: new Map() };
}

function onStream(id: number, flags: Partial<StreamPermissions>): Permissions {
  return { global: NOTHING, streams: new Map([[id, { ...NO_STREAM, ...flags }]]) };
}

/** A client logged in as another user than root. */
async function userClient(
  t: TestContext,
  server: { host: string; port: number },
  { username, password }: { username: string; password: string } = ALICE,
): Promise<RawClient> {
  const client = await RawClient.connect(server);
  t.after(() => client.close());
  await client.login(username, password);
  return client;
}

async function evictionOf(client: RawClient, username: string, password: string): Promise<number | undefined> {
  const reply = await client.raw(client.frame(loginWithPassword, { username, password }));
  return reply.kind === "eviction" ? reply.reason : undefined;
}

test("users come, change and go; root stays", async (t) => {
  const server = await testServer(t);
  const root = await testClient(t, server);

  const topic = { manageTopic: true, readTopic: false, pollMessages: false, sendMessages: false };
  const created = await root.call(createUser, {
    ...ALICE,
    permissions: onStream(7, { topics: new Map([[1, topic]]) }),
  });
  assert.deepEqual([created.id, created.username, created.status], [1, "alice", "active"]);
  assert.equal(created.permissions?.streams.get(7)?.topics.get(1)?.manageTopic, true);
  assert.deepEqual(await root.call(getUser, { user: "alice" }), created);
  assert.equal(await root.call(getUser, { user: "bob" }), undefined);
  const self = await root.call(getUser, { user: 0 });
  assert.deepEqual([self?.username, self?.permissions?.global.manageServers], ["iggy", true]);

  for (const [request, code] of [
    [ALICE, 46],
    [{ ...ALICE, username: "al" }, 43],
    [{ ...ALICE, username: "x".repeat(51) }, 43],
    [{ ...ALICE, username: "carol", password: "ab" }, 44],
    [{ ...ALICE, username: "carol", password: "x".repeat(101) }, 44],
  ] as const) {
    await assert.rejects(root.call(createUser, request), { code }, JSON.stringify(request));
  }
  await root.call(updateUser, { user: 1, username: "alicia" });
  await assert.rejects(root.call(updateUser, { user: 1, username: "iggy" }), { code: 46 });
  await assert.rejects(root.call(updateUser, { user: 9, username: "nobody" }), { code: 20 });
  await assert.rejects(root.call(updateUser, { user: 0, status: "inactive" }), { code: 45 });
  await root.call(updatePermissions, { user: "alicia", permissions: undefined });
  assert.equal((await root.call(getUser, { user: 1 }))?.permissions, undefined);
  await assert.rejects(root.call(updatePermissions, { user: 0, permissions: undefined }), { code: 49 });
  await assert.rejects(root.call(deleteUser, { user: "iggy" }), { code: 48 });
  await assert.rejects(root.call(deleteUser, { user: "bob" }), { code: 20 });
  await root.call(deleteUser, { user: "alicia" });
  assert.deepEqual(
    (await root.call(getUsers, undefined)).map(({ username }) => username),
    ["iggy"],
  );
  assert.equal((await root.call(createUser, ALICE)).id, 2);
});

test("users survive a restart, their passwords and tokens only as hashes; root's own password counts then", async (t) => {
  const path = await temporaryFolder(t);
  const first = await testServer(t, { path, rootPassword: "first root password" });
  const root = await userClient(t, first, { username: "iggy", password: "first root password" });
  await root.call(createUser, ALICE);
  const alice = await userClient(t, first);
  const { token } = await alice.call(createPersonalAccessToken, { name: "laptop", expiry: 0n });
  const change = { user: 0, currentPassword: "first root password", newPassword: "second root password" };
  await root.call(changePassword, change);
  await first.close();
  const stored = await readFile(join(path, "catalog.json"), "utf8");
  for (const secret of ["first root password", "second root password", ALICE.password, token]) {
    assert.ok(!stored.includes(secret));
  }
  const second = await testServer(t, { path, rootPassword: "first root password" });
  const again = await RawClient.connect(second);
  t.after(() => again.close());
  assert.equal(await evictionOf(again, "iggy", "first root password"), EVICTION.invalidCredentials.reason);
  await again.login("iggy", "second root password");
  await userClient(t, second);
});

test("a password is changed by its owner or a manager who knows it", async (t) => {
  const server = await testServer(t);
  const root = await testClient(t, server);
  await root.call(createUser, ALICE);
  await root.call(createUser, { ...ALICE, username: "mallory" });
  const alice = await userClient(t, server);
  const change = { user: "alice", currentPassword: ALICE.password, newPassword: "looking glass" };
  await assert.rejects(alice.call(changePassword, { ...change, currentPassword: "wrong" }), { code: 42 });
  await assert.rejects(alice.call(changePassword, { ...change, newPassword: "ab" }), { code: 44 });
  const mallory = await userClient(t, server, { username: "mallory", password: ALICE.password });
  await assert.rejects(mallory.call(changePassword, change), { code: 41 });
  await assert.rejects(root.call(changePassword, { ...change, user: "nobody" }), { code: 20 });
  await alice.call(changePassword, change);
  assert.equal(await evictionOf(mallory, "alice", ALICE.password), EVICTION.invalidCredentials.reason);
  await userClient(t, server, { username: "alice", password: "looking glass" });
  await root.call(changePassword, { ...change, currentPassword: "looking glass", newPassword: "third" });
  await userClient(t, server, { username: "alice", password: "third" });
});

test("an inactive user cannot log in, and its session has ended; a deleted one's too", async (t) => {
  const server = await testServer(t);
  const root = await testClient(t, server);
  await root.call(createUser, ALICE);
  const alice = await userClient(t, server);
  assert.equal((await alice.call(getMe, undefined)).userId, 1);
  await root.call(updateUser, { user: "alice", status: "inactive" });
  await assert.rejects(alice.call(getMe, undefined), { code: 40 });
  assert.equal(await evictionOf(alice, ALICE.username, ALICE.password), EVICTION.invalidCredentials.reason);
  await root.call(updateUser, { user: "alice", status: "active" });
  await alice.login(ALICE.username, ALICE.password);
  await root.call(deleteUser, { user: "alice" });
  const reply = await alice.raw(alice.frame(createStream, { name: "s" }));
  assert.equal(reply.kind === "eviction" && reply.reason, EVICTION.noSession.reason);
});

test("the client id of another user's session is refused", async (t) => {
  const server = await testServer(t);
  const root = await testClient(t, server);
  await root.call(createUser, ALICE);
  const other = await RawClient.connect(server);
  t.after(() => other.close());
  other.clientId = root.clientId;
  assert.equal(await evictionOf(other, ALICE.username, ALICE.password), EVICTION.sessionError.reason);
  await root.call(getStreams, undefined);
  // On the same connection, too: a reply in another user's name would not be true.
  assert.equal(await evictionOf(root, ALICE.username, ALICE.password), EVICTION.sessionError.reason);
  await root.login();
  await root.call(getStreams, undefined);
});

test("tokens log in until they expire or are deleted, are their owner's alone, and are listed for a while longer", async (t) => {
  const server = await testServer(t);
  const root = await testClient(t, server);
  await root.call(createUser, ALICE);
  const alice = await userClient(t, server);
  const { token } = await alice.call(createPersonalAccessToken, { name: "laptop", expiry: 0n });
  assert.equal(token.length, 68);
  await assert.rejects(alice.call(createPersonalAccessToken, { name: "laptop", expiry: 0n }), { code: 51 });
  await assert.rejects(alice.call(createPersonalAccessToken, { name: "ab", expiry: 0n }), { code: 50 });
  await assert.rejects(alice.call(createPersonalAccessToken, { name: "late", expiry: 2n ** 63n }), { code: 56 });
  await alice.call(createPersonalAccessToken, { name: "for a day", expiry: 86_400_000_000n });
  const { token: short } = await alice.call(createPersonalAccessToken, { name: "short", expiry: 1n });
  const listed = await alice.call(getPersonalAccessTokens, undefined);
  assert.deepEqual(
    listed.map(({ name, expiresAt }) => [name, expiresAt !== undefined]),
    [
      ["laptop", false],
      ["for a day", true],
      ["short", true],
    ],
  );
  await assert.rejects(alice.call(createPersonalAccessToken, { name: "short", expiry: 0n }), { code: 51 });
  assert.deepEqual(await root.call(getPersonalAccessTokens, undefined), []);

  const byToken = await RawClient.connect(server);
  t.after(() => byToken.close());
  const login = (text: string): ReturnType<RawClient["raw"]> =>
    byToken.raw(byToken.frame(loginWithToken, { token: text }));
  for (const wrong of [short, `${token}x`, "unknown"]) {
    const reply = await login(wrong);
    assert.equal(reply.kind === "eviction" && reply.reason, EVICTION.invalidToken.reason);
  }
  assert.equal(byToken.read(loginWithToken, await login(token)).userId, 1);
  await assert.rejects(root.call(deletePersonalAccessToken, { name: "laptop" }), { code: 20 });
  await alice.call(deletePersonalAccessToken, { name: "short" });
  await assert.rejects(alice.call(deletePersonalAccessToken, { name: "short" }), { code: 20 });
  await alice.call(deletePersonalAccessToken, { name: "laptop" });
  const second = await RawClient.connect(server);
  t.after(() => second.close());
  const reply = await second.raw(second.frame(loginWithToken, { token }));
  assert.equal(reply.kind === "eviction" && reply.reason, EVICTION.invalidToken.reason);
});

test("a user has at most a hundred tokens", async (t) => {
  const server = await testServer(t, { fsync: "never" });
  const root = await testClient(t, server);
  for (let index = 0; index < 100; index++) {
    await root.call(createPersonalAccessToken, { name: `token ${index}`, expiry: 0n });
  }
  await assert.rejects(root.call(createPersonalAccessToken, { name: "one more", expiry: 0n }), { code: 52 });
});

test("without permissions a user may ask about itself, and nothing else", async (t) => {
  const server = await testServer(t);
  const root = await testClient(t, server);
  await makeTopic(root, 1);
  await root.call(createUser, ALICE);
  const alice = await userClient(t, server);
  assert.equal((await alice.call(getUser, { user: "alice" }))?.id, 1);
  const topic = { stream: "stream", topic: "topic" } as const;
  const consumer = { kind: "consumer", id: 1 } as const;
  const poll = { ...topic, consumer, partition: 0, strategy: { kind: "first" }, count: 1, autoCommit: false } as const;
  const denied: (() => Promise<unknown>)[] = [
    () => alice.call(getUser, { user: 0 }),
    () => alice.call(getUsers, undefined),
    () => alice.call(createUser, { ...ALICE, username: "eve" }),
    () => alice.call(updateUser, { user: "alice", username: "root" }),
    () => alice.call(updatePermissions, { user: "alice", permissions: global({ manageServers: true }) }),
    () => alice.call(deleteUser, { user: "alice" }),
    () => alice.call(getStats, undefined),
    () => alice.call(getClients, undefined),
    () => alice.call(getStreams, undefined),
    () => alice.call(getStream, { stream: "stream" }),
    () => alice.call(getTopic, topic),
    () => alice.call(createStream, { name: "other" }),
    () => alice.call(createTopic, { stream: "stream", name: "other", partitionsCount: 1 }),
    () => alice.call(deleteTopic, topic),
    () => alice.call(createConsumerGroup, { ...topic, name: "group" }),
    () => alice.call(pollMessages, poll),
    () => alice.call(storeConsumerOffset, { ...topic, consumer, partition: 0, offset: 0n }),
    () => alice.send("stream", "topic", 0, ["x"]),
  ];
  for (const call of denied) await assert.rejects(call(), { code: 41 }, call.toString());
});

test("permissions on a stream hold there, and from the next request on", async (t) => {
  const server = await testServer(t);
  const root = await testClient(t, server);
  await makeTopic(root, 1);
  await root.call(createStream, { name: "other" });
  await root.call(createTopic, { stream: "other", name: "topic", partitionsCount: 1 });
  await root.call(createUser, { ...ALICE, permissions: onStream(0, { sendMessages: true }) });
  const alice = await userClient(t, server);
  assert.equal(await alice.send("stream", "topic", 0, ["x"]), 0n);
  await assert.rejects(alice.send("other", "topic", 0, ["x"]), { code: 41 });
  await assert.rejects(alice.call(getTopic, { stream: "stream", topic: "topic" }), { code: 41 });
  await root.call(updatePermissions, { user: "alice", permissions: onStream(0, { readStream: true }) });
  await assert.rejects(alice.send("stream", "topic", 0, ["x"]), { code: 41 });
  assert.equal((await alice.call(getTopic, { stream: "stream", topic: "topic" }))?.name, "topic");
});
