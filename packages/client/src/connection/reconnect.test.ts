import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import {
  createStream,
  getStreams,
  loginWithPassword,
  ping,
  sendMessages,
  storeConsumerOffset,
} from "@iggy-connectors/protocol";
import { connected } from "../../test/connected.ts";
import { type ReceivedRequest, type Script, ScriptedServer } from "../../test/scripted-server.ts";
import { IggyError } from "../index.ts";

const SEND = {
  stream: 0,
  topic: 0,
  partitioning: { kind: "partition", partition: 0 },
  messages: [{ payload: Buffer.from("hello") }],
} as const;
const STORE = { consumer: { kind: "group", id: "g" }, stream: 0, topic: 0, partition: 0, offset: 5n } as const;

async function rejection(promise: Promise<unknown>): Promise<IggyError> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof IggyError, String(error));
    return error;
  }
  return assert.fail("the call succeeded");
}

/** Drops the connection at the first request of a kind, answers the later ones. */
function droppingFirst(matches: (request: ReceivedRequest) => boolean, then: Script): Script {
  let dropped = false;
  return (request) => {
    if (!matches(request)) return undefined;
    if (dropped) return then(request);
    dropped = true;
    return "drop";
  };
}

test("a read whose answer is lost is repeated on a new session with a new client id", async (context) => {
  const script = droppingFirst(
    (request) => request.is(getStreams),
    (request) => request.ok(getStreams, []),
  );
  const { client, server, states } = await connected(context, script);
  assert.equal(client.epoch, 1);
  assert.deepEqual(await client.getStreams(), []);
  assert.equal(client.epoch, 2);
  const [first, second] = server.received(getStreams);
  assert.equal(second!.connection, 2);
  assert.notEqual(second!.header.client, first!.header.client);
  assert.equal(second!.header.session, 2n);
  assert.deepEqual(states, ["ready", "reconnecting", "ready"]);
});

for (const [name, call, command] of [
  ["send", (client: ClientOf) => client.sendMessages(SEND), sendMessages],
  ["store", (client: ClientOf) => client.storeConsumerOffset(STORE), storeConsumerOffset],
  ["create", (client: ClientOf) => client.createStream("a"), createStream],
] as const) {
  test(`a ${name} whose answer is lost is not repeated: its outcome is unknown`, async (context) => {
    const { client, server } = await connected(context, (request) => (request.is(command) ? "drop" : undefined));
    const error = await rejection(call(client));
    assert.deepEqual([error.code, error.retryable, error.outcomeUnknown], [8, true, true]);
    assert.equal(error.command, command.name);
    await client.ping();
    assert.equal(server.received(command).length, 1);
  });
}
type ClientOf = Awaited<ReturnType<typeof connected>>["client"];

test("a write that was not written yet goes out after the reconnect", async (context) => {
  const { client, server } = await connected(context, (request) => {
    if (request.is(ping) && request.connection === 1) return "drop";
    return request.is(storeConsumerOffset) ? request.ok(storeConsumerOffset) : undefined;
  });
  await Promise.all([client.ping(), client.storeConsumerOffset(STORE)]);
  const stores = server.received(storeConsumerOffset);
  assert.deepEqual(
    stores.map(({ connection }) => connection),
    [2],
  );
});

for (const name of ["noSession", "sessionTooLow"] as const) {
  test(`a call answered by the eviction ${name} was not executed: log in again and repeat it`, async (context) => {
    const { client, server } = await connected(context, (request) => {
      if (!request.is(createStream)) return undefined;
      return request.connection === 1 ? request.evict(name) : request.result(1012);
    });
    assert.equal((await rejection(client.createStream("a"))).code, 1012);
    assert.equal(server.received(loginWithPassword).length, 2);
  });
}

test("status 40 means the session is gone: log in again and repeat the call", async (context) => {
  const { client, server } = await connected(context, (request) => {
    if (!request.is(getStreams)) return undefined;
    return request.connection === 1 ? request.status(40) : request.ok(getStreams, []);
  });
  assert.deepEqual(await client.getStreams(), []);
  assert.equal(server.received(loginWithPassword).length, 2);
});

test("an eviction without a request is noticed without a call", async (context) => {
  const { client, server, entered } = await connected(context, () => undefined);
  await client.ping();
  const lost = entered("reconnecting");
  const again = entered("ready");
  server.write(server.requests.at(-1)!.evict("staleClient"));
  assert.equal((await lost)?.code, 30);
  await again;
  assert.equal(client.epoch, 2);
});

test("credentials that are refused on reconnect reject waiting calls and are tried again", async (context) => {
  let refuse = false;
  const { client, server, entered } = await connected(context, (request) =>
    refuse && request.is(loginWithPassword) ? request.evict("invalidCredentials") : undefined,
  );
  refuse = true;
  const refused = entered("refused");
  server.dropConnections();
  const waiting = rejection(client.ping());
  assert.equal((await refused)?.code, 42);
  const error = await waiting;
  assert.deepEqual([error.code, error.retryable, error.outcomeUnknown], [42, false, false]);
  assert.equal((await rejection(client.ping())).code, 42);
  assert.equal(client.lastError?.code, 42);
  const ready = entered("ready");
  refuse = false;
  await ready;
  await client.ping();
});

test("a server that comes back is found again, and calls wait for it", async (context: TestContext) => {
  const { client, server, entered } = await connected(context, () => undefined);
  const { port } = server;
  const lost = entered("reconnecting");
  await server.close();
  assert.match((await lost)!.message, /lost the connection/);
  const waiting = client.ping();
  const second = await ScriptedServer.start(() => undefined, port);
  context.after(() => second.close());
  await waiting;
  assert.equal(client.state, "ready");
});

test("without reconnecting a lost connection closes the client with the reason", async (context) => {
  const { client, server, entered } = await connected(context, () => undefined, { reconnect: { enabled: false } });
  const closed = entered("closed");
  server.dropConnections();
  assert.match((await closed)!.message, /reconnecting is off.*lost the connection/);
  const error = await rejection(client.ping());
  assert.deepEqual([error.code, error.retryable], [63, false]);
  assert.match(error.message, /lost the connection/);
});

test("after the allowed number of attempts the client gives up and rejects what waits", async (context) => {
  const { client, server, entered } = await connected(context, () => undefined, {
    reconnect: { initialBackoff: 1, maxBackoff: 1, maxRetries: 3, jitter: 0 },
  });
  const lost = entered("reconnecting");
  const closed = entered("closed");
  await server.close();
  await lost;
  const waiting = rejection(client.ping());
  assert.match((await closed)!.message, /gave up after 3 attempts/);
  assert.equal((await waiting).code, 9);
});

test("a server that accepts logins and drops every call is not hammered: attempts are not reset", async (context) => {
  const { client, server, entered } = await connected(context, (request) => (request.is(ping) ? "drop" : undefined), {
    reconnect: { initialBackoff: 1, maxBackoff: 1, maxRetries: 4, jitter: 0 },
  });
  const closed = entered("closed");
  const error = await rejection(client.ping());
  await closed;
  assert.equal(error.code, 9);
  assert.equal(server.received(loginWithPassword).length, 5);
});

test("an idle connection is pinged", async (context) => {
  const { server, client } = await connected(context, () => undefined, { heartbeatInterval: 10 });
  await server.next(ping);
  await server.next(ping);
  assert.equal(client.state, "ready");
  assert.equal(server.connections, 1);
});

test("an idle connection that does not answer its ping is replaced", async (context) => {
  const { client, entered } = await connected(
    context,
    (request) => (request.is(ping) && request.connection === 1 ? "silence" : undefined),
    { heartbeatInterval: 10, requestTimeout: 50 },
  );
  const error = await entered("reconnecting");
  assert.match(error!.message, /ping: no answer within 50 ms/);
  await entered("ready");
  assert.equal(client.epoch, 2);
});

test("a stale-client eviction instead of the answer to a write leaves its outcome unknown", async (context) => {
  const { client, server } = await connected(context, (request) =>
    request.is(storeConsumerOffset) ? request.evict("staleClient") : undefined,
  );
  const error = await rejection(client.storeConsumerOffset(STORE));
  assert.deepEqual([error.code, error.retryable, error.outcomeUnknown], [8, true, true]);
  await client.ping();
  assert.equal(server.received(storeConsumerOffset).length, 1);
});

test("an eviction because of the request itself is final", async (context) => {
  const { client, server } = await connected(context, (request) =>
    request.is(createStream) ? request.evict("invalidRequestBody") : undefined,
  );
  const error = await rejection(client.createStream("a"));
  assert.deepEqual([error.code, error.retryable, error.outcomeUnknown], [3, false, false]);
  await client.ping();
  assert.equal(server.received(createStream).length, 1);
});

test("a write that was not decided when the connection broke leaves its outcome unknown", async (context) => {
  const { client, server } = await connected(context, (request) => {
    if (!request.is(createStream)) return undefined;
    setImmediate(() => server.dropConnections());
    return request.result(57);
  });
  const error = await rejection(client.createStream("a"));
  assert.deepEqual([error.code, error.outcomeUnknown], [8, true]);
  assert.equal(server.received(createStream).length, 1);
});

test("closing while the server is away ends at once", async (context) => {
  const { client, server, entered } = await connected(context, () => undefined, {
    reconnect: { initialBackoff: 60_000, maxBackoff: 60_000 },
  });
  const lost = entered("reconnecting");
  server.dropConnections();
  await lost;
  const waiting = rejection(client.ping());
  await client.close();
  const error = await waiting;
  assert.deepEqual([error.code, error.outcomeUnknown], [63, false]);
});
