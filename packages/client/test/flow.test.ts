import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { type EmbeddedServer, startServer } from "@iggy-connectors/server";
import { eventually, temporaryFolder } from "@iggy-connectors/testing";
import { Aes256GcmEncryptor, type ClientOptions, type ConsumedBatch, IggyClient } from "../src/index.ts";
import { QUICK } from "./connected.ts";

const PLACE = { stream: "orders", topic: "created" } as const;
const GROUP = { ...PLACE, group: "billing", pollInterval: 5 } as const;

async function started(context: TestContext, partitionsCount: number) {
  const folder = await temporaryFolder();
  const path = join(folder.path, "data");
  const running: { server: EmbeddedServer } = { server: await startServer({ address: "127.0.0.1:0", path }) };
  context.after(async () => {
    await running.server.close();
    await folder[Symbol.asyncDispose]();
  });
  const { address } = running.server;
  const connect = async (options: Partial<ClientOptions> = {}): Promise<IggyClient> => {
    const client = await IggyClient.connect({ address, ...QUICK, ...options });
    context.after(() => client.close());
    return client;
  };
  const client = await connect();
  await client.createStream(PLACE.stream);
  await client.createTopic({ stream: PLACE.stream, name: PLACE.topic, partitionsCount });
  const restart = async (): Promise<void> => {
    await running.server.close();
    running.server = await startServer({ address, path });
  };
  return { client, connect, restart };
}

const numbered = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => ({ payload: Buffer.from(String(from + index)) }));

const numbersOf = (batch: ConsumedBatch): number[] => [...batch].map(({ payload }) => Number(Buffer.from(payload)));

test("what a producer sends, in a window and over several partitions, a consumer reads in order", async (context) => {
  const { client } = await started(context, 3);
  await using producer = client.createProducer({ ...PLACE, batchMessages: 50, maxInFlight: 4, bufferBytes: 20_000 });
  for (let sent = 0; sent < 5000; sent += 20) {
    await producer.ready();
    producer
      .send(numbered(sent, 20), { partitioning: { kind: "partition", partition: (sent / 20) % 3 } })
      .catch((error: unknown) => assert.fail(String(error)));
  }
  await producer.flush();
  await using consumer = client.createConsumer({ ...PLACE, consumer: "reader", batchMessages: 300 });
  const seen: number[][] = [[], [], []];
  for await (const batch of consumer) {
    assert.equal(Number(batch.firstOffset), seen[batch.partition]!.length);
    seen[batch.partition]!.push(...numbersOf(batch));
    if (seen.flat().length === 5000) break;
  }
  for (const numbers of seen)
    assert.deepEqual(
      numbers,
      [...numbers].sort((a, b) => a - b),
    );
  assert.equal(new Set(seen.flat()).size, 5000);
});

test("a restart of the server loses nothing: producer and consumer go on", async (context) => {
  const { client, connect, restart } = await started(context, 1);
  const producer = client.createProducer({
    ...PLACE,
    batchMessages: 10,
    retry: { unknownOutcome: true, attempts: 50 },
  });
  const reading = await connect();
  const consumer = reading.createConsumer({ ...GROUP, batchMessages: 7 });
  const seen = new Set<number>();
  const loop = (async () => {
    for await (const batch of consumer) for (const number of numbersOf(batch)) seen.add(number);
  })();
  await producer.send(numbered(0, 100));
  await eventually(() => seen.size === 100);
  const restarted = restart();
  const sends = Array.from({ length: 10 }, (_, index) => producer.send(numbered(100 + index * 10, 10)));
  await restarted;
  await Promise.all(sends);
  await eventually(() => seen.size === 200);
  await consumer.close();
  await loop;
  const after = reading.createConsumer(GROUP);
  const next = after.next();
  await producer.send(numbered(200, 1));
  const batch = (await next).value ?? assert.fail("nothing was read");
  assert.deepEqual(numbersOf(batch), [200], "all that was processed had been stored");
  await after.close();
});

test("members share the partitions; when one leaves, the other continues with its partitions", async (context) => {
  const { client, connect } = await started(context, 2);
  const producer = client.createProducer(PLACE);
  const send = (from: number, count: number) =>
    Promise.all(
      [0, 1].map((partition) =>
        producer.send(numbered(from, count), { partitioning: { kind: "partition", partition } }),
      ),
    );
  await send(0, 10);
  const first = (await connect()).createConsumer(GROUP);
  const second = (await connect()).createConsumer(GROUP);
  const seen: string[] = [];
  const read = async (name: string, consumer: typeof first): Promise<void> => {
    for await (const batch of consumer) {
      for (const number of numbersOf(batch)) seen.push(`${name} ${batch.partition} ${number}`);
    }
  };
  const loops = [read("first", first)];
  await eventually(() => seen.length === 20);
  loops.push(read("second", second));
  await eventually(() => first.assignment.length === 1 && second.assignment.length === 1);
  await send(10, 10);
  await eventually(() => seen.length === 40);
  const [owned] = second.assignment;
  assert.ok(seen.includes(`second ${owned} 19`));
  await first.close();
  await eventually(() => second.assignment.length === 2);
  await send(20, 10);
  await eventually(() => seen.filter((line) => line.startsWith("second")).length === 30);
  assert.equal(seen.length, 60, "nothing was read twice");
  await second.close();
  await Promise.all(loops);
});

test("encrypted by the producer, decrypted by the consumer; others see only sealed bytes", async (context) => {
  const { client, connect } = await started(context, 1);
  const encryptor = new Aes256GcmEncryptor(Buffer.alloc(32, 7));
  const headers = [{ key: { kind: "string", value: "k" }, value: { kind: "string", value: "v" } }] as const;
  await client.createProducer({ ...PLACE, encryptor }).send([{ payload: Buffer.from("secret"), headers }]);
  const sealing = await connect({ encryptor, verifyChecksums: "messages" });
  await sealing.sendMessages({ ...PLACE, messages: [{ payload: Buffer.from("secret too") }] });

  await using plain = client.createConsumer({ ...PLACE, consumer: "plain", commit: "none" });
  for await (const [sealed] of plain) {
    assert.equal(sealed?.payload.length, 6 + 28);
    break;
  }
  await using opened = sealing.createConsumer(GROUP);
  for await (const [first, second] of opened) {
    assert.equal(Buffer.from(first!.payload).toString(), "secret");
    assert.deepEqual(first!.headers.get("k"), { kind: "string", value: "v" });
    assert.equal(Buffer.from(second!.payload).toString(), "secret too");
    break;
  }
});
