import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import {
  createStream,
  EVICTION,
  getStream,
  getStreams,
  HEADER_SIZE,
  logout,
  ping,
  pollMessages,
} from "@iggy-connectors/protocol";
import { startServer } from "../src/index.ts";
import { RawClient } from "./raw-client.ts";
import { makeTopic, temporaryFolder, testClient, testServer, until } from "./with-server.ts";

test("a legacy client is answered in its own framing that its version is not served, and named in the log", async (t) => {
  const warnings: string[] = [];
  const server = await testServer(t, {
    logger: (level, message) => {
      if (level === "warn") warnings.push(message);
    },
  });
  const ping = Buffer.of(4, 0, 0, 0, 1, 0, 0, 0);
  const login = Buffer.concat([Buffer.of(14, 0, 0, 0, 38, 0, 0, 0), Buffer.from("\x04iggy\x04iggy")]);
  const socket = connect(server.port, server.host);
  t.after(() => socket.destroy());
  const received: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => received.push(chunk));
  for (const bytes of [ping, login, ping]) {
    socket.write(bytes.subarray(0, 3));
    socket.write(bytes.subarray(3));
  }
  await until(() => Buffer.concat(received).length === 24);
  const status = Buffer.of(7, 0, 0, 0, 0, 0, 0, 0);
  assert.deepEqual(Buffer.concat(received), Buffer.concat([status, status, status]));
  assert.equal(warnings.length, 1);
  assert.match(warnings[0]!, /0\.8 or older.*update the client/);
});

test("a client of no Iggy protocol is disconnected, whatever the chunks", async (t) => {
  const server = await testServer(t);
  for (const chunks of [[Buffer.from("GET / HTTP/1.1\r\n\r\n")], [Buffer.of(0, 0), Buffer.of(0, 7, 0, 0, 0, 0)]]) {
    await new Promise<void>((resolve) => {
      const socket = connect(server.port, server.host, () => {
        for (const chunk of chunks) socket.write(chunk);
      });
      socket.on("error", () => undefined);
      socket.on("close", () => resolve());
    });
  }
});

test("frames of impossible size or command end their connection and no other", async (t) => {
  const server = await testServer(t);
  const bystander = await testClient(t, server);
  const spoil: ((frame: Buffer) => void)[] = [
    (frame) => frame.writeUInt32LE(255, 48),
    (frame) => frame.writeUInt32LE(67_108_865, 48),
    (frame) => frame.writeUInt8(30, 60),
  ];
  for (const change of spoil) {
    const client = await testClient(t, server);
    const frame = client.frame(ping, undefined);
    change(frame);
    assert.deepEqual(await client.raw(frame), { kind: "closed" });
  }
  await bystander.call(ping, undefined);
});

test("a large frame needs a login before it, and only once", async (t) => {
  const server = await testServer(t);
  const stranger = await RawClient.connect(server);
  t.after(() => stranger.close());
  const large = stranger.sendFrame("stream", "topic", 0, ["x".repeat(100_000)]);
  assert.deepEqual(await stranger.raw(large.subarray(0, HEADER_SIZE)), { kind: "closed" });
  const client = await testClient(t, server);
  await makeTopic(client);
  await client.send("stream", "topic", 0, ["x".repeat(100_000)]);
  await client.call(logout, undefined);
  const reply = await client.raw(client.sendFrame("stream", "topic", 0, ["x".repeat(100_000)]));
  assert.equal(reply.kind === "eviction" && reply.reason, EVICTION.noSession.reason);
});

test("frames between replicas are ignored", async (t) => {
  const server = await testServer(t);
  const client = await testClient(t, server);
  const prepare = client.frame(ping, undefined);
  prepare.writeUInt8(6, 60);
  client.socket.write(prepare);
  await client.call(ping, undefined);
});

test("requests sent without waiting are answered in order, torn or joined as the stream may be", async (t) => {
  const server = await testServer(t);
  const client = await testClient(t, server);
  const names = Array.from({ length: 20 }, (_, index) => `stream-${index}`);
  const bytes = Buffer.concat([
    ...names.map((name) => client.frame(createStream, { name })),
    client.frame(getStreams, undefined),
  ]);
  for (let at = 0; at < bytes.length; at += 700) client.socket.write(bytes.subarray(at, at + 700));
  for (const name of names) assert.equal(client.read(createStream, await client.next()).name, name);
  const streams = client.read(getStreams, await client.next());
  assert.deepEqual(
    streams.map((stream) => stream.name),
    names,
  );
});

test("a metadata request that is sent again gets its reply again", async (t) => {
  const server = await testServer(t);
  const client = await testClient(t, server);
  const frames = ["a", "b", "c", "d", "e", "f", "a"].map((name) => client.frame(createStream, { name }));
  const replies: Buffer[] = [];
  for (const frame of frames) {
    const reply = await client.raw(frame);
    assert.equal(reply.kind, "reply");
    if (reply.kind === "reply") replies.push(reply.frame);
  }
  for (const index of [6, 5, 2]) {
    const again = await client.raw(frames[index]!);
    assert.deepEqual(again.kind === "reply" && again.frame, replies[index]);
  }
  const forgotten = await client.raw(frames[0]!);
  assert.throws(() => client.read(createStream, forgotten), { code: 59 });
  client.nextRequest = 6n;
  const other = await client.raw(client.frame(createStream, { name: "other" }));
  assert.equal(other.kind === "reply" && other.header.status, 3);
  assert.equal(await client.call(getStream, { stream: "other" }), undefined);
});

test("a slow reader does not hold up others, and reads everything in the end", async (t) => {
  const server = await testServer(t);
  const slow = await testClient(t, server);
  const other = await testClient(t, server);
  await makeTopic(slow);
  const payload = "x".repeat(1024 * 1024);
  for (let index = 0; index < 8; index++) await slow.send("stream", "topic", 0, [payload]);
  slow.socket.pause();
  const poll = {
    consumer: { kind: "consumer", id: 1 },
    stream: "stream",
    topic: "topic",
    partition: 0,
    strategy: { kind: "first" },
    count: 100,
    autoCommit: false,
  } as const;
  const replies = Array.from({ length: 6 }, () => slow.raw(slow.frame(pollMessages, poll)));
  await other.send("stream", "topic", 0, ["still here"]);
  slow.socket.resume();
  for (const reply of replies) assert.ok(slow.read(pollMessages, await reply).length >= 8);
});

test("closing the server ends its connections and frees the folder, also with a client that does not read", async (t) => {
  const path = await temporaryFolder(t);
  const first = await startServer({ address: "127.0.0.1:0", path });
  const client = await RawClient.loggedIn(first);
  t.after(() => client.close());
  await client.call(createStream, { name: "kept" });
  client.socket.pause();
  await first.close();
  client.socket.resume();
  await until(() => client.socket.destroyed);
  const second = await testServer(t, { path });
  const again = await testClient(t, second);
  assert.ok(again.session > client.session);
  assert.equal((await again.call(getStream, { stream: "kept" }))?.name, "kept");
});

test("a taken port, a locked folder and bad options are refused with what to do", async (t) => {
  const server = await testServer(t);
  const path = await temporaryFolder(t);
  await assert.rejects(startServer({ address: server.address, path }), (error: Error & { code: string }) => {
    assert.equal(error.code, "EADDRINUSE");
    assert.ok(error.message.includes(server.address));
    return true;
  });
  const holder = await testServer(t, { path });
  assert.ok(holder.port > 0);
  await assert.rejects(startServer({ address: "127.0.0.1:0", path }), { code: "IGC_SERVER_FOLDER_LOCKED" });
  await assert.rejects(startServer({ address: "8090", path }), { code: "IGC_SERVER_ADDRESS" });
  await assert.rejects(startServer({ path, rootPassword: "ab" }), { code: "IGC_SERVER_CREDENTIALS" });
});
