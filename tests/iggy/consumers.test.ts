import assert from "node:assert/strict";
import { test } from "node:test";
import { Aes256GcmEncryptor, GroupMember, type IggyClient } from "@iggy-connectors/client";
import type { ConsumerRef } from "@iggy-connectors/protocol";
import { eventually } from "@iggy-connectors/testing";
import { isLegacy, ServerUnderTest } from "./server-under-test.ts";

interface Place {
  readonly stream: string;
  readonly topic: string;
}

async function fill(client: IggyClient, place: Place, partitions: number, count: number): Promise<void> {
  for (let partition = 0; partition < partitions; partition++) {
    const messages = Array.from({ length: count }, (_, index) => ({ payload: Buffer.from(`${partition}-${index}`) }));
    await client.sendMessages({ ...place, partitioning: { kind: "partition", partition }, messages });
  }
}

test("offsets of a consumer, by name and by number", async () => {
  await using server = await ServerUnderTest.start();
  const client = await server.connect();
  const place = await server.topic(client, 2);
  await fill(client, place, 2, 10);
  for (const id of ["reader", 77]) {
    const consumer: ConsumerRef = { kind: "consumer", id };
    const target = { ...place, consumer, partition: 1 };
    assert.equal(await client.getConsumerOffset(target), undefined);
    await client.storeConsumerOffset({ ...target, offset: 3n });
    assert.deepEqual(await client.getConsumerOffset(target), { partition: 1, currentOffset: 9n, storedOffset: 3n });
    const next = await client.pollMessages({ ...target, strategy: { kind: "next" }, count: 1 });
    assert.equal(next.offset(0), 4n);
    await client.pollMessages({ ...target, strategy: { kind: "next" }, count: 3, autoCommit: true });
    await eventually(async () => (await client.getConsumerOffset(target))?.storedOffset === 6n, {
      what: "the offset that a poll commits",
    });
    await client.deleteConsumerOffset(target);
    assert.equal(await client.getConsumerOffset(target), undefined);
    await assert.rejects(client.deleteConsumerOffset(target), { code: 3021 });
  }
});

test("groups are made, listed and deleted", async () => {
  await using server = await ServerUnderTest.start();
  const client = await server.connect();
  const { stream, topic } = await server.topic(client, 3);
  assert.deepEqual(await client.getConsumerGroups(stream, topic), []);
  const created = await client.createConsumerGroup(stream, topic, "billing");
  assert.deepEqual([created.name, created.partitionsCount, created.membersCount], ["billing", 3, 0]);
  await assert.rejects(client.createConsumerGroup(stream, topic, "billing"), { code: 5004 });
  await client.createConsumerGroup(stream, topic, "audit");
  assert.deepEqual((await client.getConsumerGroups(stream, topic)).map(({ name }) => name).sort(), [
    "audit",
    "billing",
  ]);
  assert.equal((await client.getConsumerGroup(stream, topic, created.id))?.name, "billing");
  assert.equal(await client.getConsumerGroup(stream, topic, "missing"), undefined);
  await client.deleteConsumerGroup(stream, topic, "billing");
  assert.equal(await client.getConsumerGroup(stream, topic, "billing"), undefined);
});

test("members share the partitions, and take over what another leaves", async () => {
  await using server = await ServerUnderTest.start();
  const [first, second] = [await server.connect(), await server.connect()];
  const place = await server.topic(first, 4);
  await fill(first, place, 4, 10);
  const options = { ...place, group: "team", create: true };
  const one = await GroupMember.join(first, options);
  assert.deepEqual(one.assignment, [0, 1, 2, 3]);
  const frames = await one.poll(2, { kind: "next" }, 4);
  assert.notEqual(frames, "fenced");
  assert.equal(await one.store(2, 3n), "stored");
  assert.equal(await one.getOffset(2), 3n);

  const two = await GroupMember.join(second, options);
  // Up to 0.8 a newcomer gets one partition, later ones its fair share.
  const share = isLegacy(first) ? 1 : 2;
  await eventually(
    async () => {
      const [mine, theirs] = [(await one.sync()).assigned, (await two.sync()).assigned];
      return theirs.length === share && new Set([...mine, ...theirs]).size === 4;
    },
    { what: "a share for each member" },
  );
  const [foreign = -1] = two.assignment;
  assert.equal(await one.poll(foreign, { kind: "next" }, 4), "fenced");
  assert.equal((await first.getMe()).groups.length, 1);
  assert.equal((await first.getConsumerGroup(place.stream, place.topic, "team"))?.membersCount, 2);

  await two.leave();
  await eventually(async () => (await one.sync()).assigned.length === 4, { what: "all partitions for who is left" });
  const rest = await one.poll(2, { kind: "next" }, 100);
  assert.ok(rest !== "fenced");
  assert.equal(rest.offset(0), 4n, "after the stored offset");
  await one.leave();
});

test("producer and consumers of a group pass every message on", async () => {
  await using server = await ServerUnderTest.start();
  const [first, second] = [await server.connect(), await server.connect()];
  const place = await server.topic(first, 4);
  const producer = first.createProducer({ ...place, batchMessages: 50 });
  const payloads = Array.from({ length: 1000 }, (_, index) => `message ${index}`);
  await Promise.all(payloads.map((payload) => producer.send([{ payload: Buffer.from(payload) }])));
  await producer.close();

  const found = new Set<string>();
  const complete = Promise.withResolvers<void>();
  const consumers = [first, second].map((client) =>
    client.createConsumer({ ...place, group: "readers", batchMessages: 30, pollInterval: 10 }),
  );
  const reading = consumers.map(async (consumer) => {
    for await (const batch of consumer) {
      for (const message of batch) found.add(Buffer.from(message.payload).toString());
      if (found.size === payloads.length) complete.resolve();
    }
  });
  await Promise.race([complete.promise, ...reading]);
  await Promise.all(consumers.map((consumer) => consumer.close()));
  await Promise.all(reading);
  assert.deepEqual([...found].sort(), [...payloads].sort());
});

test("sealed messages are opened with the key only", async () => {
  await using server = await ServerUnderTest.start();
  const plain = await server.connect();
  const sealing = await server.connect({ encryptor: new Aes256GcmEncryptor(Buffer.alloc(32, 7)) });
  const place = await server.topic(plain, 1);
  await sealing.sendMessages({ ...place, messages: [{ payload: Buffer.from("secret") }] });
  const target = { ...place, consumer: { kind: "consumer", id: 1 }, partition: 0 } as const;
  const request = { ...target, strategy: { kind: "first" }, count: 1 } as const;
  assert.equal(Buffer.from((await sealing.pollMessages(request)).payload(0)).toString(), "secret");
  assert.ok(!Buffer.from((await plain.pollMessages(request)).payload(0)).includes("secret"));
});
