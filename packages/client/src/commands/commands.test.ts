import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { createTopic, describeOptions } from "@iggy-connectors/protocol";
import { startServer } from "@iggy-connectors/server";
import { temporaryFolder } from "@iggy-connectors/testing";
import { connected, QUICK } from "../../test/connected.ts";
import { type ClientOptions, IggyClient, IggyError } from "../index.ts";

const NOTHING = {
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

async function started(context: TestContext) {
  const folder = await temporaryFolder("iggy-commands-");
  const server = await startServer({ address: "127.0.0.1:0", path: join(folder.path, "data") });
  context.after(async () => {
    await server.close();
    await folder[Symbol.asyncDispose]();
  });
  const connect = async (options: Partial<ClientOptions> = {}): Promise<IggyClient> => {
    const client = await IggyClient.connect({ address: server.address, ...QUICK, ...options });
    context.after(() => client.close());
    return client;
  };
  return { connect, folder: folder.path };
}

test("users are created, changed, permitted and deleted", async (context) => {
  const { connect } = await started(context);
  const client = await connect();
  const created = await client.createUser({ username: "alice", password: "secret1" });
  assert.deepEqual([created.username, created.status, created.permissions], ["alice", "active", undefined]);
  await assert.rejects(client.createUser({ username: "alice", password: "secret1" }), { code: 46 });
  await assert.rejects((await connect({ username: "alice", password: "secret1" })).createStream("orders"), {
    code: 41,
  });
  await client.updatePermissions("alice", { global: { ...NOTHING, manageStreams: true }, streams: new Map() });
  assert.equal((await client.getUser("alice"))?.permissions?.global.manageStreams, true);
  const alice = await connect({ username: "alice", password: "secret1" });
  await alice.createStream("orders");
  await assert.rejects(alice.changePassword("alice", "wrong", "secret2"), { code: 42 });
  await alice.changePassword("alice", "secret1", "secret2");
  await connect({ username: "alice", password: "secret2" });
  await client.updateUser({ user: "alice", username: "bobby", status: "inactive" });
  assert.deepEqual(
    (await client.getUsers()).map(({ username, status }) => [username, status]),
    [
      ["iggy", "active"],
      ["bobby", "inactive"],
    ],
  );
  await client.deleteUser("bobby");
  assert.equal(await client.getUser("bobby"), undefined);
  await assert.rejects(client.deleteUser(0), { code: 48 });
});

test("a token logs in, given as text and as a file that is read at each login", async (context) => {
  const { connect, folder } = await started(context);
  const client = await connect();
  const token = await client.createPersonalAccessToken("robot");
  assert.deepEqual(await client.getPersonalAccessTokens(), [{ name: "robot", expiresAt: undefined }]);
  await (await connect({ token })).ping();
  const path = join(folder, "token");
  await writeFile(path, `${token}\n`);
  const fromFile = await connect({ token: `file:${path}` });
  await fromFile.getMe();
  await client.deletePersonalAccessToken("robot");
  await assert.rejects(connect({ token: `file:${path}` }), { code: 53 });
  await writeFile(path, await client.createPersonalAccessToken("second"));
  await (await connect({ token: `file:${path}` })).ping();
});

test("a token that cannot be valid is refused before anything is sent, and none of it is shown", async (context) => {
  const { connect, folder } = await started(context);
  await assert.rejects(
    connect({ token: `file:${join(folder, "none")}` }),
    /cannot read the token file .*none \(ENOENT\)/,
  );
  await writeFile(join(folder, "empty"), "\n");
  await assert.rejects(connect({ token: `file:${join(folder, "empty")}` }), /has 0 bytes/);
  await assert.rejects(connect({ token: "hunter22".repeat(40) }), (error) => {
    assert.ok(error instanceof IggyError);
    return error.code === 53 && !error.message.includes("hunter");
  });
  await assert.rejects(connect({ token: "x", username: "iggy" }), { code: 2 });
});

test("streams and topics are renamed, changed and purged", async (context) => {
  const { connect } = await started(context);
  const client = await connect();
  await client.createStream("orders");
  await client.updateStream("orders", "sales");
  await client.createTopic({ stream: "sales", name: "created", partitionsCount: 1, compression: "gzip" });
  await client.updateTopic({ stream: "sales", topic: "created", name: "made", messageExpiry: 3_600_000_000n });
  const topic = await client.getTopic("sales", "made");
  assert.deepEqual([topic?.messageExpiry, topic?.compression], [3_600_000_000n, "gzip"]);
  const place = { stream: "sales", topic: "made" };
  await client.sendMessages({ ...place, messages: [{ payload: Buffer.from("a") }] });
  await client.purgeStream("sales");
  assert.equal((await client.getTopic("sales", "made"))?.messagesCount, 0n);
  await client.deleteSegments("sales", "made", 0, 1);
  await assert.rejects(client.deleteSegments("sales", "made", 7, 1), { code: 3007 });
});

test("other connections are listed and looked up; a command the server lacks is refused as not available", async (context) => {
  const { connect } = await started(context);
  const client = await connect();
  const me = await (await connect()).getMe();
  assert.equal((await client.getClient(me.id))?.address, me.address);
  assert.equal(await client.getClient(4_000_000_000), undefined);
  await client.createStream("orders");
  await client.createTopic({ stream: "orders", name: "created", partitionsCount: 1 });
  await assert.rejects(client.flushUnsavedBuffer("orders", "created", 0, true), { code: 5 });
});

test("a server that does not know durability is named, and not asked to create the topic", async (context) => {
  const { client, server } = await connected(context, (request) =>
    request.is(describeOptions)
      ? request.ok(describeOptions, [
          { key: "message_expiry", kind: 12, defaultValue: Buffer.alloc(8, 0xff), description: "" },
        ])
      : undefined,
  );
  const topic = { stream: "orders", name: "created", partitionsCount: 1, durability: "persisted" } as const;
  await assert.rejects(client.createTopic(topic), {
    code: 4041,
    message: /Iggy 0\.9\.0-scripted at .* does not know the topic option durability/,
  });
  await assert.rejects(client.createTopic(topic), { code: 4041 });
  assert.equal(server.received(describeOptions).length, 1, "asked once per login");
  assert.equal(server.received(createTopic).length, 0);
});
