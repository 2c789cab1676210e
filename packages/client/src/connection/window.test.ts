import assert from "node:assert/strict";
import { test } from "node:test";
import { ping, sendMessages } from "@iggy-connectors/protocol";
import { eventually } from "@iggy-connectors/testing";
import { connected } from "../../test/connected.ts";
import type { ReceivedRequest } from "../../test/scripted-server.ts";
import { IggyError, type SentRange } from "../index.ts";

const PLACE = { stream: 1, topic: 1, partitioning: { kind: "partition", partition: 0 } } as const;
const one = (text: string) => [{ payload: Buffer.from(text) }];

function confirm(request: ReceivedRequest, baseOffset: bigint): Buffer {
  return request.ok(sendMessages, [{ streamId: 1, topicId: 1, partition: 0, baseOffset }]);
}

async function outcome(send: Promise<readonly SentRange[]>): Promise<bigint | IggyError | undefined> {
  try {
    return (await send)[0]?.baseOffset;
  } catch (error) {
    assert.ok(error instanceof IggyError, String(error));
    return error;
  }
}

test("sends of a window are in flight together and answered by their numbers, in whatever order", async (context) => {
  const { client, server } = await connected(context, (request) => (request.is(sendMessages) ? "silence" : undefined));
  const producer = client.createProducer({ ...PLACE, batchMessages: 1, maxInFlight: 3 });
  const sends = ["a", "b", "c", "d"].map((text) => outcome(producer.send(one(text))));
  await eventually(() => server.received(sendMessages).length === 3);
  const pinged = client.ping();
  const [first, second, third] = server.received(sendMessages);
  assert.deepEqual(
    [first!, second!, third!].map(({ header }) => header.request),
    [2n, 3n, 4n], // 1 read the roster
  );
  server.write(Buffer.concat([confirm(third!, 2n), confirm(first!, 0n)]));
  assert.deepEqual(await Promise.all([sends[0], sends[2]]), [0n, 2n]);
  assert.equal(server.received(ping).length, 0, "a ping does not share the connection");
  server.write(confirm(second!, 1n));
  await pinged;
  await eventually(() => server.received(sendMessages).length === 4);
  server.write(confirm(server.received(sendMessages)[3]!, 3n));
  assert.deepEqual(await Promise.all(sends), [0n, 1n, 2n, 3n]);
});

test("a loss rejects all that were in flight as unknown, and repeats none", async (context) => {
  const { client, server, entered } = await connected(context, (request) =>
    request.is(sendMessages) ? "silence" : undefined,
  );
  const producer = client.createProducer({ ...PLACE, batchMessages: 1, maxInFlight: 2 });
  const sends = ["a", "b"].map((text) => outcome(producer.send(one(text))));
  await eventually(() => server.received(sendMessages).length === 2);
  const again = entered("ready");
  server.dropConnections();
  for (const error of await Promise.all(sends)) {
    assert.ok(error instanceof IggyError);
    assert.equal(error.outcomeUnknown, true);
  }
  await again;
  await client.ping();
  assert.equal(server.received(sendMessages).length, 2);
});

test("in a window an answer of not accepted is final: what is behind it may have been stored", async (context) => {
  const { client, server } = await connected(context, (request) => {
    if (!request.is(sendMessages)) return undefined;
    return request.header.request === 2n ? request.status(58) : confirm(request, 7n);
  });
  const producer = client.createProducer({ ...PLACE, batchMessages: 1, maxInFlight: 2 });
  const [refused, stored] = await Promise.all(["a", "b"].map((text) => outcome(producer.send(one(text)))));
  assert.ok(refused instanceof IggyError);
  assert.equal(refused.code, 58);
  assert.equal(refused.outcomeUnknown, false);
  assert.equal(stored, 7n);
  assert.equal(server.received(sendMessages).length, 2);
});

test("a send refused for lack of a login is repeated after the login, others in flight with it are not", async (context) => {
  const { client, server } = await connected(context, (request) => {
    if (!request.is(sendMessages)) return undefined;
    if (request.connection === 2) return confirm(request, 9n);
    // Both are there before the first is answered: one of each partition.
    return server.received(sendMessages).length < 2
      ? "silence"
      : Buffer.from(server.received(sendMessages)[0]!.status(40));
  });
  const producer = client.createProducer({ ...PLACE, batchMessages: 1 });
  const first = outcome(producer.send(one("a")));
  const second = outcome(producer.send(one("b"), { partitioning: { kind: "partition", partition: 1 } }));
  assert.equal(await first, 9n);
  const unknown = await second;
  assert.ok(unknown instanceof IggyError);
  assert.equal(unknown.outcomeUnknown, true);
  assert.equal(server.received(sendMessages).length, 3);
});
