import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import {
  type ClusterNode,
  createStream,
  deleteStream,
  getClusterMetadata,
  getStreams,
  loginWithPassword,
} from "@iggy-connectors/protocol";
import { QUICK } from "../../test/connected.ts";
import { node, type ReceivedRequest, type Script, ScriptedServer } from "../../test/scripted-server.ts";
import { type ClientOptions, IggyClient, IggyError } from "../index.ts";

interface Cluster {
  readonly servers: readonly [ScriptedServer, ScriptedServer];
  /** Index of the node that the roster calls leader; `undefined` while there is none. */
  leader: number | undefined;
  scripts: [Script, Script];
}

/** Two nodes that show the same roster. */
async function cluster(context: TestContext): Promise<Cluster> {
  const silent: Script = () => undefined;
  const a = await ScriptedServer.start();
  const b = await ScriptedServer.start();
  const both: Cluster = { servers: [a, b], leader: 0, scripts: [silent, silent] };
  const roster = (): ClusterNode[] =>
    both.servers.map(({ port }, index) => node(port, index === both.leader ? "leader" : "follower"));
  for (const [index, server] of both.servers.entries()) {
    server.script = (request) =>
      both.scripts[index]!(request) ??
      (request.is(getClusterMetadata) ? request.ok(getClusterMetadata, { name: "two", nodes: roster() }) : undefined);
    context.after(() => server.close());
  }
  return both;
}

async function connect(context: TestContext, options: ClientOptions): Promise<IggyClient> {
  const client = await IggyClient.connect({ ...QUICK, ...options });
  context.after(() => client.close());
  return client;
}

function logins(server: ScriptedServer): number {
  return server.received(loginWithPassword).length;
}

test("a follower sends the client to the leader, with a login there", async (context) => {
  const state = await cluster(context);
  state.leader = 1;
  const [a, b] = state.servers;
  const client = await connect(context, { address: a.address });
  assert.equal(client.server?.address, b.address);
  assert.deepEqual([logins(a), logins(b)], [1, 1]);
  await client.ping();
  assert.equal(a.openConnections.length, 0);
});

test("nodes that send the client round in a circle are not followed without end", async (context) => {
  const state = await cluster(context);
  const [a, b] = state.servers;
  state.scripts = [(request) => pointing(request, b), (request) => pointing(request, a)];
  const client = await connect(context, { address: a.address });
  await client.ping();
  assert.deepEqual([logins(a), logins(b)], [2, 2]);
});

test("a leader is the same by name and by IP address", async (context) => {
  const state = await cluster(context);
  const [a, b] = state.servers;
  const client = await connect(context, { address: `localhost:${a.port}` });
  assert.equal(client.server?.address, `localhost:${a.port}`);
  assert.equal(logins(b), 0);
});

test("a roster without a leader is read again until there is one", async (context) => {
  const state = await cluster(context);
  const [a, b] = state.servers;
  state.leader = undefined;
  let reads = 0;
  state.scripts[0] = (request) => {
    if (request.is(getClusterMetadata) && ++reads === 2) state.leader = 1;
    return undefined;
  };
  const client = await connect(context, { address: a.address });
  assert.equal(client.server?.address, b.address);
  assert.equal(reads, 2);
});

for (const [what, answer] of [
  ["is refused", (request: ReceivedRequest) => request.status(5)],
  ["cannot be read", (request: ReceivedRequest) => withBody(request, Buffer.alloc(3, 0xff))],
] as const) {
  test(`a roster that ${what} leaves the client where it is`, async (context) => {
    const server = await ScriptedServer.start((request) =>
      request.is(getClusterMetadata) ? answer(request) : undefined,
    );
    context.after(() => server.close());
    const client = await connect(context, { address: server.address });
    await client.ping();
    assert.equal(server.connections, 1);
  });
}

test("when its node dies the client continues at another node of the roster", async (context) => {
  const state = await cluster(context);
  const [a, b] = state.servers;
  state.scripts[1] = (request) => (request.is(getStreams) ? request.ok(getStreams, []) : undefined);
  const client = await connect(context, { address: a.address });
  state.leader = 1;
  await a.close();
  assert.deepEqual(await client.getStreams(), []);
  assert.equal(client.server?.address, b.address);
});

test("addresses are tried in their order; a node that is down is passed over", async (context) => {
  const state = await cluster(context);
  state.leader = 1;
  const [a, b] = state.servers;
  await a.close();
  const client = await connect(context, { address: [a.address, b.address] });
  assert.equal(client.server?.address, b.address);
});

test("when no address answers, all that were tried are reported", async (context) => {
  const [a, b] = (await cluster(context)).servers;
  await Promise.all([a.close(), b.close()]);
  await assert.rejects(IggyClient.connect({ ...QUICK, address: [a.address, b.address] }), (error) => {
    assert.ok(error instanceof IggyError);
    assert.equal(error.code, 9);
    return error.message.includes(a.address) && error.message.includes(b.address);
  });
});

test("a password that one node refuses is not tried at the others", async (context) => {
  const state = await cluster(context);
  const [a, b] = state.servers;
  state.scripts[0] = (request) => request.evict("invalidCredentials");
  await assert.rejects(IggyClient.connect({ ...QUICK, address: [a.address, b.address] }), { code: 42 });
  assert.equal(b.connections, 0);
});

test("a node that keeps not accepting is left for the new leader, and the call is executed there once", async (context) => {
  const state = await cluster(context);
  const [a, b] = state.servers;
  state.scripts[0] = (request) => (request.is(deleteStream) ? request.result(58) : undefined);
  state.scripts[1] = (request) => (request.is(deleteStream) ? request.ok(deleteStream) : undefined);
  const client = await connect(context, { address: a.address });
  state.leader = 1;
  await client.deleteStream("orders");
  assert.equal(client.server?.address, b.address);
  assert.equal(b.received(deleteStream).length, 1);
  const frames = a.received(deleteStream).map(({ frame }) => frame);
  for (const frame of frames) assert.deepEqual(frame, frames[0]);
});

test("a call that may have been applied is not repeated at another node", async (context) => {
  const state = await cluster(context);
  const [a, b] = state.servers;
  let answers = 0;
  state.scripts[0] = (request) => (request.is(createStream) ? request.result(++answers === 1 ? 57 : 58) : undefined);
  const client = await connect(context, { address: a.address });
  state.leader = 1;
  await assert.rejects(client.createStream("orders"), { code: 8, outcomeUnknown: true });
  assert.equal(b.received(createStream).length, 0);
});

/** A roster in which another node is the leader, whichever node is asked. */
function pointing(request: ReceivedRequest, leader: ScriptedServer) {
  if (!request.is(getClusterMetadata)) return undefined;
  const nodes = [node(leader.port, "leader"), node(1, "follower")];
  return request.ok(getClusterMetadata, { name: "circle", nodes });
}

function withBody(request: ReceivedRequest, body: Buffer): Buffer {
  const reply = Buffer.concat([request.status(0), body]);
  reply.writeUInt32LE(reply.length, 48);
  return reply;
}
