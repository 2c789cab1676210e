import assert from "node:assert/strict";
import { test } from "node:test";
import { ServerUnderTest, unique } from "./server-under-test.ts";

test("users: create, log in, change, delete", async () => {
  await using server = await ServerUnderTest.start();
  const root = await server.connect();
  const username = unique("user");
  const created = await root.createUser({ username, password: "secret" });
  server.clean(() => root.deleteUser(created.id));
  assert.deepEqual([created.username, created.status], [username, "active"]);
  await assert.rejects(root.createUser({ username, password: "secret" }), { code: 46 });
  assert.ok((await root.getUsers()).some(({ id }) => id === created.id));
  const own = await server.connect({ username, password: "secret" });
  assert.equal((await own.getMe()).userId, created.id);
  await assert.rejects(own.createStream(unique("stream")), { code: 41 });
  await root.changePassword(username, "secret", "changed");
  await assert.rejects(server.connect({ username, password: "secret" }), { code: 42 });
  await assert.rejects(root.changePassword(username, "wrong password", "again"), { code: 42 });
  const renamed = unique("renamed");
  await root.updateUser({ user: username, username: renamed, status: "inactive" });
  assert.deepEqual(
    [(await root.getUser(created.id))?.username, (await root.getUser(renamed))?.status],
    [renamed, "inactive"],
  );
  await assert.rejects(server.connect({ username: renamed, password: "changed" }));
  await root.deleteUser(renamed);
  assert.equal(await root.getUser(created.id), undefined);
});

test("permissions of each level", async () => {
  await using server = await ServerUnderTest.start();
  const root = await server.connect();
  const open = await server.topic(root, 1);
  const closed = await server.topic(root, 1);
  const id = (await root.getStream(open.stream))?.id ?? -1;
  const username = unique("user");
  const user = await root.createUser({ username, password: "secret" });
  server.clean(() => root.deleteUser(user.id));
  const nothing = { manageStream: false, readStream: false, manageTopics: false, readTopics: false };
  await root.updatePermissions(username, {
    global: {
      manageServers: false,
      readServers: true,
      manageUsers: false,
      readUsers: false,
      manageStreams: false,
      readStreams: false,
      manageTopics: false,
      readTopics: false,
      pollMessages: false,
      sendMessages: false,
    },
    streams: new Map([[id, { ...nothing, pollMessages: true, sendMessages: true, topics: new Map() }]]),
  });
  const client = await server.connect({ username, password: "secret" });
  await client.getStats();
  const message = { payload: Buffer.from("x") };
  const partitioning = { kind: "partition", partition: 0 } as const;
  await client.sendMessages({ ...open, partitioning, messages: [message] });
  const consumer = { kind: "consumer", id: 1 } as const;
  const request = { consumer, partition: 0, strategy: { kind: "first" }, count: 1 } as const;
  assert.equal((await client.pollMessages({ ...open, ...request })).length, 1);
  await assert.rejects(client.sendMessages({ ...closed, partitioning, messages: [message] }));
  await assert.rejects(client.pollMessages({ ...closed, ...request }));
  await assert.rejects(client.getUsers(), { code: 41 });
  await root.updatePermissions(username, undefined);
  await assert.rejects(client.sendMessages({ ...open, partitioning, messages: [message] }));
});

test("a personal access token logs in until it is deleted", async () => {
  await using server = await ServerUnderTest.start();
  const root = await server.connect();
  const name = unique("t").slice(0, 30);
  const token = await root.createPersonalAccessToken(name);
  server.clean(() => root.deletePersonalAccessToken(name));
  assert.ok((await root.getPersonalAccessTokens()).some((known) => known.name === name));
  await assert.rejects(root.createPersonalAccessToken(name), { code: 51 });
  const client = await server.connect({ token });
  await client.getStreams();
  assert.equal((await client.getMe()).userId, (await root.getMe()).userId);
  await root.deletePersonalAccessToken(name);
  await assert.rejects(server.connect({ token }), { code: 53 });
});
