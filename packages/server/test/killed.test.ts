import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import {
  createConsumerGroup,
  createStream,
  createTopic,
  createUser,
  getConsumerGroup,
  getConsumerOffset,
  getTopic,
  getUser,
  type HeaderValue,
  joinConsumerGroup,
  pollMessages,
  storeConsumerOffset,
} from "@iggy-connectors/protocol";
import { RawClient } from "./raw-client.ts";
import { cleanUp, temporaryFolder } from "./with-server.ts";

const SCRIPT = fileURLToPath(new URL("server-process.ts", import.meta.url));

interface ServerProcess {
  readonly host: string;
  readonly port: number;
  kill(): Promise<void>;
}

/** A server process; `fileBlocks` limits the size of its files, in blocks of 512 bytes. */
async function startProcess(t: TestContext, path: string, fileBlocks?: number): Promise<ServerProcess> {
  const command = [process.execPath, "--conditions=iggy-source", SCRIPT, path];
  const stdio = ["pipe", "pipe", "inherit"] as const;
  const child: ChildProcess =
    fileBlocks === undefined
      ? spawn(command[0]!, command.slice(1), { stdio: [...stdio] })
      : spawn("sh", ["-c", `ulimit -f ${fileBlocks}; exec "$@"`, "sh", ...command], { stdio: [...stdio] });
  const exited = once(child, "exit");
  const kill = async (): Promise<void> => {
    child.kill("SIGKILL");
    await exited;
  };
  cleanUp(t, kill);
  const lines = createInterface({ input: child.stdout! });
  const [line] = (await once(lines, "line")) as [string];
  return { host: "127.0.0.1", port: Number(line), kill };
}

interface Written {
  /** Offset → payload, of every acknowledged message of a partition. */
  readonly messages: Map<bigint, string>[];
  /** The last acknowledged store of each partition, and the highest one asked for. */
  readonly stored: { acknowledged: bigint; asked: bigint }[];
  readonly topics: string[];
}

const PARTITIONS = 3;
const TARGET = { stream: "stream", topic: "topic" } as const;

/** Sends, stores and creates until the connection breaks, noting what was acknowledged. */
async function write(client: RawClient, partition: number, round: number, written: Written): Promise<void> {
  const consumer = { kind: "consumer", id: partition } as const;
  try {
    for (let index = 0; ; index++) {
      const payloads = Array.from({ length: 1 + (index % 7) }, (_, at) => `${round}/${partition}/${index}/${at}`);
      const base = await client.send("stream", "topic", partition, payloads);
      for (const [at, payload] of payloads.entries()) written.messages[partition]!.set(base + BigInt(at), payload);
      const stored = written.stored[partition]!;
      stored.asked = base;
      await client.call(storeConsumerOffset, { ...TARGET, consumer, partition, offset: base });
      stored.acknowledged = base;
      if (index % 20 === 0) {
        const name = `made-${round}-${partition}-${index}`;
        await client.call(createTopic, { stream: "stream", name, partitionsCount: 1 });
        written.topics.push(name);
      }
    }
  } catch (error) {
    // The connection broke with the process; an answer that refuses is a failure of the server.
    if (error instanceof Error && !error.message.includes("closed")) throw error;
  } finally {
    client.close();
  }
}

async function check(server: ServerProcess, written: Written): Promise<void> {
  const client = await RawClient.loggedIn(server);
  for (const [partition, messages] of written.messages.entries()) {
    const consumer = { kind: "consumer", id: partition } as const;
    const found = new Map<bigint, string>();
    for (;;) {
      const strategy = { kind: "offset", offset: BigInt(found.size) } as const;
      const request = { ...TARGET, consumer, partition, strategy, count: 1000, autoCommit: false };
      const frames = await client.call(pollMessages, request);
      if (frames.length === 0) break;
      for (let index = 0; index < frames.length; index++) {
        found.set(frames.offset(index), Buffer.from(frames.payload(index)).toString());
      }
    }
    for (const [offset, payload] of messages) assert.equal(found.get(offset), payload, `offset ${offset}`);
    const stored = await client.call(getConsumerOffset, { ...TARGET, consumer, partition });
    const expected = written.stored[partition]!;
    const { acknowledged, asked } = expected;
    const offset = stored?.storedOffset ?? -1n;
    assert.ok(offset === acknowledged || offset === asked, `${offset}, acknowledged ${acknowledged}, asked ${asked}`);
    // What was only asked for, and turns out to be stored, is what the next round begins with.
    expected.acknowledged = offset;
  }
  for (const topic of written.topics) {
    assert.equal((await client.call(getTopic, { stream: "stream", topic }))?.name, topic);
  }
  client.close();
}

for (const durability of ["replicated", "persisted"]) {
  test(`what was acknowledged survives kill -9 at any moment, durability ${durability}`, async (t) => {
    const path = await temporaryFolder(t);
    const written: Written = {
      messages: Array.from({ length: PARTITIONS }, () => new Map()),
      stored: Array.from({ length: PARTITIONS }, () => ({ acknowledged: -1n, asked: -1n })),
      topics: [],
    };
    for (let round = 0; round < 5; round++) {
      const server = await startProcess(t, path);
      if (round === 0) {
        const client = await RawClient.loggedIn(server);
        await client.call(createStream, { name: "stream" });
        const value: HeaderValue = { kind: "string", value: durability };
        const options = new Map([
          ["durability", value],
          ["consumer_offset_durability", value],
        ]);
        await client.call(createTopic, { stream: "stream", name: "topic", partitionsCount: PARTITIONS, options });
        client.close();
      } else {
        await check(server, written);
      }
      const before = written.messages.reduce((sum, messages) => sum + messages.size, 0);
      const clients = await Promise.all(written.messages.map(() => RawClient.loggedIn(server)));
      const writers = clients.map((client, partition) => write(client, partition, round, written));
      setTimeout(() => void server.kill(), 20 + Math.random() * 150);
      await Promise.all(writers);
      const after = written.messages.reduce((sum, messages) => sum + messages.size, 0);
      t.diagnostic(`round ${round}: ${after - before} messages acknowledged`);
    }
    const last = await startProcess(t, path);
    await check(last, written);
    assert.ok(written.topics.length > 0);
    await last.kill();
  });
}

test("group definitions, offsets and users survive kill -9", async (t) => {
  const path = await temporaryFolder(t);
  const first = await startProcess(t, path);
  const client = await RawClient.loggedIn(first);
  await client.call(createStream, { name: "stream" });
  await client.call(createTopic, { stream: "stream", name: "topic", partitionsCount: 1 });
  await client.call(createConsumerGroup, { ...TARGET, name: "group" });
  await client.call(joinConsumerGroup, { ...TARGET, group: "group" });
  await client.send("stream", "topic", 0, ["a", "b"]);
  const target = { ...TARGET, consumer: { kind: "group", id: "group" }, partition: 0 } as const;
  await client.call(storeConsumerOffset, { ...target, offset: 1n });
  const root = await client.call(getUser, { user: 0 });
  await client.call(createUser, {
    username: "alice",
    password: "wonderland",
    status: "active",
    permissions: root?.permissions,
  });
  await first.kill();
  client.close();
  const second = await startProcess(t, path);
  const again = await RawClient.connect(second);
  await again.login("alice", "wonderland");
  assert.equal((await again.call(getConsumerGroup, { ...TARGET, group: "group" }))?.name, "group");
  assert.equal((await again.call(getConsumerOffset, target))?.storedOffset, 1n);
  again.close();
  await second.kill();
});

test("when the disk refuses, the request fails with a status and the log stays whole", {
  skip: process.platform === "win32" ? "needs ulimit" : false,
}, async (t) => {
  const path = await temporaryFolder(t);
  const limited = await startProcess(t, path, 200);
  const client = await RawClient.loggedIn(limited);
  await client.call(createStream, { name: "stream" });
  await client.call(createTopic, { stream: "stream", name: "topic", partitionsCount: 1 });
  const acknowledged: string[] = [];
  const fill = async (): Promise<void> => {
    for (;;) {
      const payload = `${acknowledged.length}`.padEnd(3000, ".");
      assert.equal(await client.send("stream", "topic", 0, [payload]), BigInt(acknowledged.length));
      acknowledged.push(payload);
    }
  };
  await assert.rejects(fill(), { code: 13000 });
  assert.ok(acknowledged.length > 10);
  // A smaller one still fits, directly behind the last whole record.
  assert.equal(await client.send("stream", "topic", 0, ["small"]), BigInt(acknowledged.length));
  acknowledged.push("small");
  await assert.rejects(client.send("stream", "topic", 0, ["x".repeat(200_000)]), { code: 13000 });
  await limited.kill();
  client.close();

  const free = await startProcess(t, path);
  const again = await RawClient.loggedIn(free);
  assert.equal(await again.send("stream", "topic", 0, ["after"]), BigInt(acknowledged.length));
  const consumer = { kind: "consumer", id: 1 } as const;
  const request = {
    ...TARGET,
    consumer,
    partition: 0,
    strategy: { kind: "first" },
    count: 1000,
    autoCommit: false,
  } as const;
  const frames = await again.call(pollMessages, request);
  const found = Array.from({ length: frames.length }, (_, index) => Buffer.from(frames.payload(index)).toString());
  assert.deepEqual(found, [...acknowledged, "after"]);
  again.close();
  await free.kill();
});
