import assert from "node:assert/strict";
import { test } from "node:test";
import {
  createConsumerGroup,
  createPersonalAccessToken,
  createTopic,
  createUser,
  getStreams,
  getTopic,
  getTopics,
  getUser,
  type HeaderValue,
  joinConsumerGroup,
  logout,
  type Permissions,
  ping,
  pollMessages,
  storeConsumerOffset,
  syncConsumerGroup,
  updatePermissions,
  updateUser,
} from "@iggy-connectors/protocol";
import fc from "fast-check";
import { RawClient } from "./raw-client.ts";
import { makeTopic, testClient, testServer } from "./with-server.ts";

/** Every flag of every level, so that a mutation meets each part of the block. */
const TOPIC_FLAGS = { manageTopic: true, readTopic: true, pollMessages: true, sendMessages: false };
const STREAM_FLAGS = { ...TOPIC_FLAGS, manageStream: true, readStream: false, manageTopics: true, readTopics: true };
const SERVER_FLAGS = { manageServers: true, readServers: true, manageUsers: true, readUsers: true };
const PERMISSIONS: Permissions = {
  global: { ...STREAM_FLAGS, ...SERVER_FLAGS, manageStreams: true, readStreams: true },
  streams: new Map([[0, { ...STREAM_FLAGS, topics: new Map([[0, TOPIC_FLAGS]]) }]]),
};

const SIZE_AT = 48;
const REQUEST_CHECKSUM_AT = 144;
const OPERATION_AT = 176;
const DELETING_OPERATIONS = new Set([130, 131, 134, 135, 137, 138]);

function sampleFrames(client: RawClient): Buffer[] {
  const topic = { stream: "stream", topic: "topic" } as const;
  const consumer = { kind: "consumer", id: 1 } as const;
  return [
    client.frame(ping, undefined),
    client.frame(getStreams, undefined),
    client.frame(getTopic, topic),
    client.frame(pollMessages, {
      ...topic,
      consumer,
      partition: 0,
      strategy: { kind: "first" },
      count: 9,
      autoCommit: true,
    }),
    client.frame(storeConsumerOffset, { ...topic, consumer, partition: 0, offset: 0n }),
    client.frame(createTopic, {
      stream: "stream",
      name: "other",
      partitionsCount: 1,
      options: new Map<string, HeaderValue>([["durability", { kind: "string", value: "persisted" }]]),
    }),
    client.frame(createConsumerGroup, { ...topic, name: "group" }),
    client.frame(joinConsumerGroup, { ...topic, group: "group" }),
    client.frame(logout, undefined),
    client.sendFrame("stream", "topic", 0, ["a", "bc"]),
    client.frame(createUser, { username: "alice", password: "secret", status: "active", permissions: PERMISSIONS }),
    client.frame(updatePermissions, { user: "alice", permissions: PERMISSIONS }),
    client.frame(updateUser, { user: "alice", status: "inactive" }),
    client.frame(createPersonalAccessToken, { name: "token", expiry: 1n }),
    client.frame(getUser, { user: "alice" }),
    client.frame(syncConsumerGroup, { ...topic, group: "group" }),
  ];
}

test("whatever a client sends, it is answered or disconnected, and others do not notice", async (t) => {
  const failures: string[] = [];
  const server = await testServer(t, {
    logger: (level, message, fields) => {
      if (level === "error") failures.push(`${message} ${JSON.stringify(fields)}`);
    },
  });
  const bystander = await testClient(t, server);
  await makeTopic(bystander, 2);
  await bystander.send("stream", "topic", 0, ["kept"]);

  const mutation = fc.record({ at: fc.nat(100_000), value: fc.nat(255) });
  await fc.assert(
    fc.asyncProperty(
      fc.nat(15),
      fc.array(mutation, { minLength: 1, maxLength: 6 }),
      fc.boolean(),
      async (sample, mutations, unstamped) => {
        const client = await RawClient.loggedIn(server);
        const frame = Buffer.from(sampleFrames(client)[sample]!);
        for (const { at, value } of mutations) frame[at % frame.length] = value;
        if (unstamped) frame.fill(0, REQUEST_CHECKSUM_AT, REQUEST_CHECKSUM_AT + 16);
        frame.writeUInt32LE(frame.length, SIZE_AT);
        frame.writeUInt32LE(0, 0);
        if (!DELETING_OPERATIONS.has(frame[OPERATION_AT]!)) {
          client.socket.write(frame);
          await answeredOrClosed(client);
        }
        client.close();
      },
    ),
    { numRuns: 450 },
  );
  const poll = { stream: "stream", topic: "topic", consumer: { kind: "consumer", id: 9 } } as const;
  const frames = await bystander.call(pollMessages, {
    ...poll,
    partition: 0,
    strategy: { kind: "first" },
    count: 1,
    autoCommit: false,
  });
  assert.equal(Buffer.from(frames.payload(0)).toString(), "kept");
  assert.ok((await bystander.call(getTopics, { stream: "stream" })).length >= 1);
  assert.deepEqual(failures, []);
});

test("random bytes after a zero preamble end their connection or wait for more, and no other notices", async (t) => {
  const server = await testServer(t);
  const bystander = await testClient(t, server);
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 2000 }), async (bytes) => {
      const client = await RawClient.connect(server);
      client.socket.write(Buffer.concat([Buffer.alloc(4), bytes]));
      await bystander.call(ping, undefined);
      client.close();
    }),
    { numRuns: 100 },
  );
});

/** A frame between replicas gets no answer, so a ping of an unmistakable number shows that the stream goes on. */
async function answeredOrClosed(client: RawClient): Promise<void> {
  client.nextRequest = 0x1dea_5eedn;
  client.socket.write(client.frame(ping, undefined));
  for (;;) {
    const reply = await client.next();
    if (reply.kind === "closed" || (reply.kind === "reply" && reply.header.request === 0x1dea_5eedn)) return;
  }
}
