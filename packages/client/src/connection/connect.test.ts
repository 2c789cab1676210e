import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { type TestContext, test } from "node:test";
import { getClusterMetadata, loginWithPassword, PROTOCOL_VERSION } from "@iggy-connectors/protocol";
import { connected, QUICK } from "../../test/connected.ts";
import { type Script, ScriptedServer } from "../../test/scripted-server.ts";
import { type ClientOptions, IggyClient, IggyError } from "../index.ts";

async function refusal(address: string, options: Partial<ClientOptions> = {}) {
  try {
    const client = await IggyClient.connect({ address, ...QUICK, ...options });
    await client.close();
  } catch (error) {
    assert.ok(error instanceof IggyError);
    return error;
  }
  return assert.fail("the client connected");
}

test("an unreachable server is named, with the reason and what to do", async () => {
  const server = await ScriptedServer.start();
  const { address } = server;
  await server.close();
  const error = await refusal(address);
  assert.equal(error.code, 9);
  assert.equal(error.retryable, true);
  assert.ok(error.message.startsWith(`cannot reach Iggy at ${address} (ECONNREFUSED)`), error.message);
  assert.match(error.message, /check that the server runs/);
});

test("a login with the credentials given is sent and its session is used", async (context) => {
  const { server, client, states } = await connected(context, () => undefined, { username: "ann", password: "secret" });
  const login = server.received(loginWithPassword)[0]!;
  const { username, password, version } = login.read(loginWithPassword);
  assert.deepEqual([username, password, version], ["ann", "secret", PROTOCOL_VERSION]);
  assert.equal(login.header.session, 0n);
  assert.equal(login.header.request, 0n);
  assert.notEqual(login.header.client, 0n);
  await client.ping();
  const ping = server.requests.at(-1)!;
  assert.equal(ping.header.session, 1n);
  assert.equal(ping.header.client, login.header.client);
  assert.deepEqual(states, ["ready"]);
  assert.equal(client.state, "ready");
});

test("a wrong password is reported as such, without the password", async (context) => {
  const server = await ScriptedServer.start((request) => request.evict("invalidCredentials"));
  context.after(() => server.close());
  const error = await refusal(server.address, { password: "hunter22" });
  assert.equal(error.code, 42);
  assert.equal(error.retryable, false);
  assert.match(error.message, /username and password/);
  assert.doesNotMatch(error.message, /hunter22/);
});

test("credentials that no server accepts are refused before anything is sent", async (context) => {
  const server = await ScriptedServer.start();
  context.after(() => server.close());
  assert.equal((await refusal(server.address, { username: "ab" })).code, 43);
  assert.equal((await refusal(server.address, { password: "x".repeat(101) })).code, 44);
  assert.equal(server.connections, 0);
});

test("a server of another protocol version names both versions", async (context) => {
  const lowest = (12 << 10) | 2;
  const server = await ScriptedServer.start((request) => request.evict("incompatibleProtocol", lowest, lowest));
  context.after(() => server.close());
  const error = await refusal(server.address);
  assert.equal(error.code, 14003);
  assert.equal(error.retryable, false);
  assert.match(error.message, /0\.12\.2/);
  assert.match(error.message, /0\.11\.0/);
});

test("a login that the server cannot read is reported as a mismatch of releases", async (context) => {
  const server = await ScriptedServer.start((request) => request.evict("malformedLogin"));
  context.after(() => server.close());
  const error = await refusal(server.address);
  assert.equal(error.code, 4);
  assert.match(error.message, /same release/);
});

test("a legacy server is reported when the user insists on vsr", async (context) => {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => socket.write(Buffer.from("0300000000000000".repeat(6), "hex")));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  context.after(() => void server.close());
  const error = await refusal(`127.0.0.1:${(server.address() as AddressInfo).port}`, { protocol: "vsr" });
  assert.equal(error.code, 14003);
  assert.match(error.message, /servers of 0\.8 and older speak another protocol/);
});

test("a login that is not decided yet is repeated as the identical frame", async (context) => {
  let attempts = 0;
  const script: Script = (request) => {
    if (!request.is(loginWithPassword)) return undefined;
    attempts += 1;
    return attempts < 3 ? request.result(attempts === 1 ? 57 : 58) : undefined;
  };
  const { server } = await connected(context, script);
  const logins = server.received(loginWithPassword);
  assert.equal(logins.length, 3);
  for (const login of logins) {
    assert.equal(login.connection, 1);
    assert.deepEqual(login.frame, logins[0]!.frame);
  }
});

test("a server that never answers the login is given up at the deadline", async (context) => {
  const server = await ScriptedServer.start(() => "silence");
  context.after(() => server.close());
  const error = await refusal(server.address, { requestTimeout: 50 });
  assert.equal(error.code, 8);
  assert.equal(error.retryable, true);
  assert.match(error.message, /did not answer the login within 50 ms/);
});

test("a login answered with session 0 is refused", async (context) => {
  const server = await ScriptedServer.start((request) =>
    request.ok(loginWithPassword, { userId: 0, session: 0n, protocolVersion: PROTOCOL_VERSION, serverVersion: "x" }),
  );
  context.after(() => server.close());
  assert.equal((await refusal(server.address)).code, 14001);
});

async function plainServer(context: TestContext, greeting: string | undefined) {
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    socket.on("error", () => {});
    if (greeting !== undefined) socket.once("data", () => socket.write(greeting));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  context.after(() => void server.close());
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, connections: () => connections };
}

test("a server of another protocol is reported as such, and not taken for an older Iggy", async (context) => {
  const { address, connections } = await plainServer(context, "HTTP/1.1 400 Bad Request\r\n\r\n");
  const error = await refusal(address);
  assert.equal(error.code, 4);
  assert.match(error.message, /bytes that are not Iggy's.*check that the address is the TCP port of an Iggy server/);
  assert.equal(connections(), 1);
});

test("a server that accepts the connection and says nothing is given up, with what it may be", async (context) => {
  const { address } = await plainServer(context, undefined);
  const error = await refusal(address, { connectTimeout: 100 });
  assert.deepEqual([error.code, error.retryable], [8, true]);
  assert.match(error.message, /did not answer a ping within 100 ms.*TLS.*protocol: legacy/);
});

test("a server that falls silent after the login is given up at the deadline", async (context) => {
  const server = await ScriptedServer.start((request) => (request.is(getClusterMetadata) ? "silence" : undefined));
  context.after(() => server.close());
  const error = await refusal(server.address, { requestTimeout: 50 });
  assert.deepEqual([error.code, error.retryable], [8, true]);
  assert.match(error.message, /did not answer get_cluster_metadata within 50 ms/);
});
