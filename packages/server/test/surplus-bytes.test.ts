import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Command,
  createConsumerGroup,
  createPersonalAccessToken,
  deleteTopic,
  getStreams,
  getTopic,
  HEADER_SIZE,
  loginWithPassword,
  loginWithToken,
  storeConsumerOffset,
  xxh3,
} from "@iggy-connectors/protocol";
import { RawClient } from "./raw-client.ts";
import { makeTopic, testClient, testServer } from "./with-server.ts";

const SIZE_AT = 48;
const REQUEST_CHECKSUM_AT = 144;

/** The command's frame with bytes behind its body that belong to nothing. */
function withSurplus<Request>(client: RawClient, command: Command<Request, unknown>, request: Request): Buffer {
  const frame = Buffer.concat([client.frame(command, request), Buffer.of(1, 0, 0, 0)]);
  frame.writeUInt32LE(frame.length, SIZE_AT);
  if (frame.readBigUInt64LE(REQUEST_CHECKSUM_AT) !== 0n) {
    frame.writeBigUInt64LE(xxh3(frame.subarray(HEADER_SIZE)), REQUEST_CHECKSUM_AT);
  }
  return frame;
}

async function call<Request, Response>(
  client: RawClient,
  command: Command<Request, Response>,
  request: Request,
): Promise<Response> {
  return client.read(command, await client.raw(withSurplus(client, command, request)));
}

test("bytes behind a request are ignored, as real servers do", async (t) => {
  const server = await testServer(t);
  const client = await testClient(t, server);
  await makeTopic(client, 1);
  const topic = { stream: "stream", topic: "topic" } as const;
  assert.equal((await call(client, getStreams, undefined)).length, 1);
  assert.equal((await call(client, getTopic, topic))?.partitionsCount, 1);
  await client.send("stream", "topic", 0, ["message"]);
  const consumer = { kind: "consumer", id: 1 } as const;
  await call(client, storeConsumerOffset, { ...topic, consumer, partition: 0, offset: 0n });
  await call(client, createConsumerGroup, { ...topic, name: "group" });
  await call(client, deleteTopic, topic);
  assert.equal(await client.call(getTopic, topic), undefined);
});

test("bytes behind a login are ignored, by password and by token", async (t) => {
  const server = await testServer(t);
  const root = await testClient(t, server);
  const { token } = await root.call(createPersonalAccessToken, { name: "laptop", expiry: 0n });
  const byPassword = await RawClient.connect(server);
  t.after(() => byPassword.close());
  assert.equal((await call(byPassword, loginWithPassword, { username: "iggy", password: "iggy" })).userId, 0);
  const byToken = await RawClient.connect(server);
  t.after(() => byToken.close());
  assert.equal((await call(byToken, loginWithToken, { token })).userId, 0);
});
