import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import {
  createStream,
  deleteStream,
  getStreams,
  getTopics,
  HEADER_SIZE,
  MAX_FRAME_SIZE,
  ping,
  type Stream,
  sendMessages,
  storeConsumerOffset,
} from "@iggy-connectors/protocol";
import { connected } from "../../test/connected.ts";
import type { ReceivedRequest } from "../../test/scripted-server.ts";
import { IggyError } from "../index.ts";

const STREAM: Stream = {
  id: 0,
  createdAt: 1n,
  topicsCount: 0,
  size: 0n,
  messagesCount: 0n,
  name: "orders",
  options: new Map(),
};
const STORE = { consumer: { kind: "consumer", id: 1 }, stream: "s", topic: "t", partition: 0, offset: 5n } as const;

function streams(request: ReceivedRequest, ...names: string[]): Buffer {
  return request.ok(
    getStreams,
    names.map((name, id) => ({ ...STREAM, id, name })),
  );
}

function confirmed(request: ReceivedRequest): Buffer {
  return request.ok(sendMessages, [{ streamId: 0, topicId: 0, partition: 0, baseOffset: 0n }]);
}

async function rejection(promise: Promise<unknown>): Promise<IggyError> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof IggyError, String(error));
    return error;
  }
  return assert.fail("the call succeeded");
}

test("replies that come in pieces and in one piece with others are read", async (context) => {
  const { client } = await connected(context, (request) => {
    if (!request.is(getStreams)) return undefined;
    const reply = streams(request, "a", "b");
    return [...reply].map((byte) => Buffer.of(byte));
  });
  const found = await client.getStreams();
  assert.deepEqual(
    found.map(({ name }) => name),
    ["a", "b"],
  );
});

test("a reply that the server repeats never answers another request", async (context) => {
  let calls = 0;
  const { client, server } = await connected(context, (request) => {
    if (!request.is(getStreams)) return undefined;
    calls += 1;
    const reply = streams(request, `call-${calls}`);
    return Buffer.concat([reply, reply]);
  });
  for (const expected of ["call-1", "call-2", "call-3"]) {
    const [stream] = await client.getStreams();
    assert.equal(stream?.name, expected);
  }
  assert.equal(server.connections, 1);
});

test("calls made at once are sent one at a time, in order, each with a number of its own", async (context) => {
  let open = 0;
  const { client, server } = await connected(context, (request) => {
    if (!request.is(ping) && !request.is(createStream)) return undefined;
    open += 1;
    assert.equal(open, 1, "a request came before the former one was answered");
    setImmediate(() => {
      open -= 1;
      server.write(request.is(ping) ? request.ok(ping) : request.ok(createStream, { ...STREAM, topics: [] }));
    });
    return "silence";
  });
  await Promise.all([client.ping(), client.createStream("a"), client.ping(), client.createStream("b"), client.ping()]);
  const carried = server.requests.slice(1);
  assert.deepEqual(
    carried.map((request) => request.is(ping)),
    [true, false, true, false, true],
  );
  assert.deepEqual(
    carried.map(({ header }) => header.request),
    [2n, 3n, 4n, 5n, 6n], // 1 read the roster
  );
});

test("a refusal in the status and one in the result section are reported by code, name and advice", async (context) => {
  const { client, server } = await connected(context, (request) => {
    if (request.is(getTopics)) return request.status(41);
    if (request.is(createStream)) return request.result(1012);
    return undefined;
  });
  const denied = await rejection(client.getTopics("orders"));
  assert.deepEqual([denied.code, denied.codeName, denied.retryable], [41, "Unauthorized", false]);
  assert.match(denied.message, /^get_topics: Unauthorized \(41\): give the user the permission/);
  const taken = await rejection(client.createStream("orders"));
  assert.deepEqual([taken.code, taken.codeName, taken.outcomeUnknown], [1012, "StreamNameAlreadyExists", false]);
  assert.equal(server.connections, 1);
});

for (const code of [57, 58]) {
  for (const channel of ["status", "result"] as const) {
    test(`${code} in the ${channel} is answered with the identical frame on the same session`, async (context) => {
      let attempts = 0;
      const { client, server } = await connected(context, (request) => {
        if (!request.is(storeConsumerOffset)) return undefined;
        attempts += 1;
        if (attempts === 3) return request.ok(storeConsumerOffset);
        return channel === "status" ? request.status(code) : request.result(code);
      });
      await client.storeConsumerOffset(STORE);
      const stores = server.received(storeConsumerOffset);
      assert.equal(stores.length, 3);
      for (const store of stores) assert.deepEqual(store.frame, stores[0]!.frame);
      await client.ping();
      assert.equal(server.requests.at(-1)!.header.request, stores[0]!.header.request + 1n);
      assert.equal(server.connections, 1);
    });
  }
}

test("57 until the deadline leaves the outcome unknown, 58 does not; the session stays", async (context) => {
  const { client, server } = await connected(
    context,
    (request) => {
      if (request.is(createStream)) return request.result(57);
      if (request.is(deleteStream)) return request.result(58);
      return undefined;
    },
    { requestTimeout: 200 },
  );
  const undecided = await rejection(client.createStream("a"));
  assert.deepEqual([undecided.code, undecided.retryable, undecided.outcomeUnknown], [57, true, true]);
  const refused = await rejection(client.deleteStream("a"));
  assert.deepEqual([refused.code, refused.retryable, refused.outcomeUnknown], [58, true, false]);
  await client.ping();
  assert.equal(server.connections, 1);
});

test("a number that was used is never used for another request", async (context) => {
  const { client, server } = await connected(
    context,
    (request) => (request.is(createStream) ? request.result(1012) : undefined),
    { requestTimeout: 2000 },
  );
  await rejection(client.createStream("a"));
  await rejection(client.createStream("b"));
  const numbers = server.received(createStream).map(({ header }) => header.request);
  assert.equal(new Set(numbers).size, 2);
});

test("a deadline drops the connection, so that a late answer answers no other call", async (context) => {
  const { client, server, entered } = await connected(
    context,
    (request) => {
      if (!request.is(getStreams)) return undefined;
      return request.connection === 1 ? "silence" : streams(request, "fresh");
    },
    { requestTimeout: 100 },
  );
  const ready = entered("ready");
  const error = await rejection(client.getStreams());
  assert.deepEqual([error.retryable, error.outcomeUnknown], [true, false]);
  assert.match(error.message, /get_streams: no answer within 100 ms/);
  await ready;
  const [stream] = await client.getStreams();
  assert.equal(stream?.name, "fresh");
  assert.deepEqual(server.openConnections, [2]);
});

test("a deadline of a write leaves its outcome unknown", async (context) => {
  const { client } = await connected(context, (request) => (request.is(storeConsumerOffset) ? "silence" : undefined), {
    requestTimeout: 100,
  });
  const error = await rejection(client.storeConsumerOffset(STORE));
  assert.deepEqual([error.code, error.retryable, error.outcomeUnknown], [8, true, true]);
});

test("a call whose turn does not come in time is rejected as never written, and never written", async (context) => {
  const { client, server } = await connected(context, (request) => (request.is(ping) ? "silence" : undefined), {
    requestTimeout: 100,
    reconnect: { enabled: false },
  });
  const [first, second] = await Promise.all([rejection(client.ping()), rejection(client.createStream("a"))]);
  assert.equal(first.retryable, true);
  assert.equal(second.outcomeUnknown, false);
  assert.equal(server.received(createStream).length, 0);
});

test("too many waiting calls are refused, and the refusal can be retried", async (context) => {
  const { client } = await connected(context, (request) => (request.is(ping) ? "silence" : undefined));
  const waiting = Array.from({ length: 4097 }, () => rejection(client.ping()));
  const error = await rejection(client.ping());
  assert.deepEqual([error.code, error.retryable, error.outcomeUnknown], [58, true, false]);
  await client.close();
  for (const closed of await Promise.all(waiting)) assert.equal(closed.code, 63);
});

test("waiting calls are limited in bytes; whenWritable resolves when there is capacity, and a large call is accepted alone", async (context) => {
  const { client, server } = await connected(
    context,
    (request) => (request.is(sendMessages) ? confirmed(request) : request.is(ping) ? "silence" : undefined),
    { maxQueuedBytes: 4096 },
  );
  const send = (bytes: number) =>
    client.sendMessages({
      stream: 0,
      topic: 0,
      partitioning: { kind: "partition", partition: 0 },
      messages: [{ payload: Buffer.alloc(bytes, 1) }],
    });
  const arrived = server.next(ping);
  const pinged = client.ping();
  const large = send(100_000);
  const held = await arrived;
  const refused = await rejection(send(10));
  assert.deepEqual([refused.code, refused.retryable, refused.outcomeUnknown], [58, true, false]);
  assert.match(refused.message, /bytes wait.*whenWritable/);
  const writable = client.whenWritable(1000);
  server.write(held.ok(ping));
  await Promise.all([pinged, writable]);
  await Promise.all([large, send(10)]);
  assert.equal(server.received(sendMessages).length, 2);
});

test("an oversized frame drops the connection before anything is allocated for it", async (context) => {
  const { client, server } = await connected(context, (request) => {
    if (!request.is(createStream)) return undefined;
    const reply = request.ok(createStream, { ...STREAM, topics: [] });
    reply.writeUInt32LE(MAX_FRAME_SIZE + 1, 48);
    return reply;
  });
  const error = await rejection(client.createStream("a"));
  assert.equal(error.outcomeUnknown, true);
  assert.match(error.message, new RegExp(String(MAX_FRAME_SIZE + 1)));
  await client.ping();
  assert.equal(server.connections, 2);
});

test("a reply that cannot be decoded rejects its call and drops the connection", async (context) => {
  const { client, server } = await connected(context, (request) => {
    if (!request.is(getStreams)) return undefined;
    const reply = Buffer.concat([streams(request, "a"), Buffer.alloc(7)]);
    reply.writeUInt32LE(reply.length, 48);
    return reply;
  });
  const error = await rejection(client.getStreams());
  assert.deepEqual([error.code, error.retryable], [4, false]);
  assert.match(error.message, /^get_streams: /);
  await client.ping();
  assert.equal(server.connections, 2);
  assert.equal(server.received(getStreams).length, 1);
});

test("a frame that is not a reply drops the connection", async (context) => {
  let sent = false;
  const { client, server } = await connected(context, (request) => {
    if (!request.is(ping) || sent) return undefined;
    sent = true;
    return request.frame;
  });
  await client.ping();
  assert.equal(server.connections, 2);
});

test("a request that the protocol cannot carry is rejected and disturbs nothing", async (context) => {
  const { client, server } = await connected(context, () => undefined);
  const error = await rejection(client.createStream(""));
  assert.equal(error.retryable, false);
  assert.match(error.message, /create_stream: name cannot be encoded: a name has at least one byte/);
  const empty = await rejection(
    client.sendMessages({ stream: 1, topic: 1, partitioning: { kind: "partition", partition: 0 }, messages: [] }),
  );
  assert.equal(empty.retryable, false);
  await client.ping();
  assert.equal(server.connections, 1);
  assert.equal(server.received(createStream).length + server.received(sendMessages).length, 0);
});

test("close logs out, rejects what waits, and can be called twice", async (context: TestContext) => {
  const { client, server, states } = await connected(context, () => undefined);
  await client.ping();
  const waiting = [rejection(client.ping()), rejection(client.createStream("a"))];
  await Promise.all([client.close(), client.close()]);
  for (const error of await Promise.all(waiting)) assert.equal(error.code, 63);
  const last = server.requests.at(-1)!;
  assert.equal(last.header.operation, 3);
  assert.equal(last.frame.length, HEADER_SIZE);
  assert.deepEqual(states, ["ready", "closing", "closed"]);
  assert.equal((await rejection(client.ping())).code, 63);
});

test("close does not wait for a server that does not answer the logout", async (context) => {
  const { client } = await connected(context, (request) => (request.header.operation === 3 ? "silence" : undefined));
  await client.close();
  assert.equal(client.state, "closed");
});

test("a client that goes out of scope is closed", async (context) => {
  const { server, client } = await connected(context, () => undefined);
  {
    await using scoped = client;
    await scoped.ping();
  }
  assert.equal(client.state, "closed");
  assert.equal(server.requests.at(-1)!.header.operation, 3);
});
