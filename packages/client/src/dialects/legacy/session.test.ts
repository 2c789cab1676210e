import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { getStreams, legacy } from "@iggy-connectors/protocol";
import { eventually } from "@iggy-connectors/testing";
import { QUICK } from "../../../test/connected.ts";
import { type LegacyScript, LegacyServer, recorded } from "../../../test/legacy-server.ts";
import { ScriptedServer } from "../../../test/scripted-server.ts";
import { type ClientOptions, IggyClient, IggyError } from "../../index.ts";

const SEND = {
  stream: 0,
  topic: 0,
  partitioning: { kind: "partition", partition: 0 },
  messages: [{ payload: Buffer.from("hello") }],
} as const;

async function serving(context: TestContext, script: LegacyScript = () => undefined): Promise<LegacyServer> {
  const server = await LegacyServer.start(script);
  context.after(() => server.close());
  return server;
}

async function connect(context: TestContext, address: string, options: Partial<ClientOptions> = {}) {
  const client = await IggyClient.connect({ address, ...QUICK, ...options });
  context.after(() => client.close());
  return client;
}

test("a server of 0.8 is recognised, logged in to in its own dialect, and says its version", async (context) => {
  const server = await serving(context);
  const client = await connect(context, server.address, { username: "ann", password: "secret" });
  const { username, password } = server.received(legacy.loginWithPassword)[0]!.read(legacy.loginWithPassword);
  assert.deepEqual([username, password], ["ann", "secret"]);
  assert.deepEqual(client.server, { address: server.address, protocol: "legacy", version: "0.8.0" });
  assert.equal(server.connections, 2, "one to find out, one to speak");
  await client.close();
  assert.equal(server.received(legacy.logout).length, 1);
});

test("a server that closes on frames it does not know is reached when the user names its dialect", async (context) => {
  const server = await serving(context);
  const client = await connect(context, server.address, { protocol: "legacy", token: "tok-third" });
  assert.equal(server.received(legacy.loginWithToken)[0]!.read(legacy.loginWithToken).token, "tok-third");
  assert.equal(server.connections, 1);
  await client.ping();
});

test("the detected dialect is remembered over reconnects", async (context) => {
  const server = await serving(context);
  const client = await connect(context, server.address);
  server.dropConnections();
  await client.ping();
  assert.equal(server.connections, 3);
});

test("an upgrade of the server is noticed, and a return", async (context) => {
  const old = await serving(context);
  const { port, address } = old;
  // A server that does not answer a legacy frame is given up, and detected again, after this long.
  const client = await connect(context, address, { connectTimeout: 500 });
  assert.equal(client.server?.protocol, "legacy");
  await old.close();
  const upgraded = await ScriptedServer.start(
    (request) => (request.is(getStreams) ? request.ok(getStreams, []) : undefined),
    port,
  );
  assert.deepEqual(await client.getStreams(), []);
  assert.equal(client.server?.protocol, "0.11.0");
  await upgraded.close();
  const again = await LegacyServer.start(
    (request) => (request.is(legacy.getStreams) ? recorded("get-streams").response : undefined),
    port,
  );
  context.after(() => again.close());
  assert.equal((await client.getStreams())[0]?.name, "jstream");
  assert.equal(client.server?.protocol, "legacy");
});

for (const [name, code, options] of [
  ["a wrong password", 42, {}],
  ["an unknown token", 20, { token: "nonsense" }],
  ["an expired token", 54, { token: "nonsense" }],
  ["an inactive user", 47, {}],
] as const) {
  test(`${name} is reported as such`, async (context) => {
    const server = await serving(context, (request) =>
      request.is(legacy.loginWithPassword) || request.is(legacy.loginWithToken) ? request.status(code) : undefined,
    );
    await assert.rejects(connect(context, server.address, options), (error) => {
      assert.ok(error instanceof IggyError);
      assert.deepEqual([error.code, error.retryable], [code === 20 ? 53 : code, false]);
      return /refuses this/.test(error.message);
    });
  });
}

test("a user who may not read stats is logged in all the same", async (context) => {
  const server = await serving(context, (request) => (request.is(legacy.getStats) ? request.status(41) : undefined));
  const client = await connect(context, server.address);
  assert.equal(client.server?.version, undefined);
  await assert.rejects(client.describeOptions("topic"), /Iggy 0\.8 or older at/);
});

test("a roster that never comes does not block a reconnect", async (context) => {
  const silent = { times: 1 };
  const server = await serving(context);
  const client = await connect(context, server.address, { requestTimeout: 200 });
  server.script = (request) => (request.is(legacy.getClusterMetadata) && silent.times-- > 0 ? "silence" : undefined);
  server.dropConnections();
  await eventually(() => client.ping().then(() => true));
  assert.ok(silent.times <= 0, "the roster was asked for");
});

test("answers come in the order of the requests, however they are cut", async (context) => {
  const server = await serving(context, (request) =>
    request.is(legacy.getStreams) ? recorded("get-streams").response : undefined,
  );
  const client = await connect(context, server.address);
  const answers = await Promise.all([client.getStreams(), client.ping(), client.getStreams()]);
  assert.deepEqual([answers[0][0]?.name, answers[2][0]?.name], ["jstream", "jstream"]);
});

test("a send whose answer is lost is not repeated, a read is", async (context) => {
  const server = await serving(context, (request) => {
    if (request.is(legacy.sendMessages)) return "drop";
    if (!request.is(legacy.getStreams)) return undefined;
    return server.received(legacy.getStreams).length === 1 ? "drop" : recorded("get-streams").response;
  });
  const client = await connect(context, server.address);
  await assert.rejects(client.sendMessages(SEND), { code: 8, outcomeUnknown: true });
  assert.equal((await client.getStreams()).length, 1);
  assert.equal(server.received(legacy.sendMessages).length, 1);
});

test("a refusal after which the server misreads what follows ends the connection", async (context) => {
  const server = await serving(context, (request) => (request.is(legacy.sendMessages) ? request.status(6) : undefined));
  const client = await connect(context, server.address);
  const before = server.connections;
  await assert.rejects(client.sendMessages(SEND), { code: 6, outcomeUnknown: false });
  await client.ping();
  assert.equal(server.connections, before + 1);
});

for (const code of [30, 40, 100]) {
  test(`${code} means that the session is gone: log in again and make the call`, async (context) => {
    let refused = false;
    const server = await serving(context, (request) => {
      if (!request.is(legacy.deleteStream)) return undefined;
      if (refused) return request.ok(legacy.deleteStream);
      refused = true;
      return request.status(code);
    });
    const client = await connect(context, server.address);
    await client.deleteStream("orders");
    assert.equal(server.received(legacy.deleteStream).length, 2);
    assert.equal(client.epoch, 2);
  });
}

test("a frame without a request means that the server shuts down", async (context) => {
  const server = await serving(context);
  const lost = Promise.withResolvers<IggyError | undefined>();
  const client = await connect(context, server.address, {
    onStateChange: (state, error) => {
      if (state === "reconnecting") lost.resolve(error);
    },
  });
  await client.ping();
  server.write(legacy.encodeStatus(8));
  assert.equal((await lost.promise)?.code, 8);
  await client.ping();
});

test("a busy connection is pinged, too: these servers count nothing else as a sign of life", async (context) => {
  const server = await serving(context, (request) =>
    request.is(legacy.getStreams) ? recorded("get-streams").response : undefined,
  );
  const client = await connect(context, server.address, { heartbeatInterval: 5 });
  while (server.received(legacy.ping).length < 3) await client.getStreams();
});

test("a server that falls silent after the login does not block the connect", async (context) => {
  const server = await serving(context, (request) => (request.is(legacy.getClusterMetadata) ? "silence" : undefined));
  await assert.rejects(connect(context, server.address, { requestTimeout: 100 }), {
    code: 8,
    message: /did not answer get_cluster_metadata within 100 ms/,
  });
});

test("a call that is not answered in time drops the connection, so that a late answer answers no other call", async (context) => {
  const server = await serving(context, (request) => {
    if (!request.is(legacy.getStreams)) return undefined;
    return server.received(legacy.getStreams).length === 1 ? "silence" : recorded("get-streams").response;
  });
  const client = await connect(context, server.address, { requestTimeout: 200 });
  const before = server.connections;
  await assert.rejects(client.getStreams(), { retryable: true, outcomeUnknown: false });
  assert.equal((await client.getStreams())[0]?.name, "jstream");
  assert.equal(server.connections, before + 1);
});
