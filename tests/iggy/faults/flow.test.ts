import assert from "node:assert/strict";
import { test } from "node:test";
import type { IggyConsumer } from "@iggy-connectors/client";
import { type FaultKind, seededFaults } from "@iggy-connectors/test-support";
import { isLegacy } from "../server-under-test.ts";
import { Bench, settled } from "./bench.ts";

// Producers and consumer groups, whose calls are many, while frames are lost, torn, delayed or repeated on their way.

function rates({ client }: Bench): Readonly<Partial<Record<FaultKind, number>>> {
  // Up to 0.8 nothing tells an answer that is repeated from the next one.
  return { cut: 0.02, swallow: 0.01, duplicate: isLegacy(client) ? 0 : 0.1, split: 0.1, delay: 0.05 };
}

test("a producer that sends again keeps order, and loses nothing", { timeout: 60_000 }, async () => {
  for (let seed = 1; seed <= 3; seed++) {
    await using bench = await Bench.start(1);
    bench.proxy.script = seededFaults({ seed, rates: rates(bench) });
    const producer = bench.client.createProducer({
      ...bench.place,
      partitioning: { kind: "partition", partition: 0 },
      batchMessages: 5,
      ids: "content",
      deliveryTimeout: 30_000,
      retry: { attempts: 1000, initialBackoff: 1, maxBackoff: 20, unknownOutcome: true },
    });
    const payloads = Array.from({ length: 300 }, (_, index) => `${seed}-${index}`);
    const sends = payloads.map((payload) => producer.send([{ payload: Buffer.from(payload) }]));
    await settled(Promise.all(sends), "a producer's sends", 40_000);
    await bench.recovered();
    await producer.close();
    assert.deepEqual([...new Set(await bench.stored())], payloads, `seed ${seed}: each message, in order`);
    assert.ok(bench.proxy.done.size > 2, "there were faults");
  }
});

const PARTITIONS = 3;
const MESSAGES = 100;

/** Takes notes of what is handled; the first sight of a message must follow that of the one before. */
class Journal {
  readonly #seen = new Map<number, bigint>();
  #missing = PARTITIONS * MESSAGES;
  readonly complete = Promise.withResolvers<void>();

  handled(partition: number, offset: bigint): void {
    const next = (this.#seen.get(partition) ?? -1n) + 1n;
    assert.ok(offset <= next, `partition ${partition} goes from ${next} to ${offset}`);
    if (offset < next) return;
    this.#seen.set(partition, offset);
    this.#missing -= 1;
    if (this.#missing === 0) this.complete.resolve();
  }

  last(partition: number): bigint {
    return this.#seen.get(partition) ?? -1n;
  }
}

async function consume(consumer: IggyConsumer, journal: Journal): Promise<void> {
  for await (const batch of consumer) {
    for (const message of batch) journal.handled(batch.partition, message.offset);
  }
}

test("a group of two reads every message at least once, none out of turn", { timeout: 90_000 }, async () => {
  for (let seed = 1; seed <= 2; seed++) {
    await using bench = await Bench.start(PARTITIONS);
    for (let partition = 0; partition < PARTITIONS; partition++) {
      await bench.direct.sendMessages({
        ...bench.place,
        partitioning: { kind: "partition", partition },
        messages: Array.from({ length: MESSAGES }, (_, index) => ({ payload: Buffer.from(`${index}`) })),
      });
    }
    bench.proxy.script = seededFaults({ seed, rates: rates(bench) });
    const journal = new Journal();
    const options = { ...bench.place, group: "team", batchMessages: 7, pollInterval: 5 };
    const other = await bench.another();
    const consumers = [bench.client.createConsumer(options), other.createConsumer(options)];
    const reading = consumers.map((consumer) => consume(consumer, journal));
    try {
      await settled(Promise.race([journal.complete.promise, ...reading]), "reading", 40_000);
      await bench.recovered();
    } finally {
      await Promise.all(consumers.map((consumer) => consumer.close()));
    }
    await Promise.all(reading);
    for (let partition = 0; partition < PARTITIONS; partition++) {
      assert.equal(journal.last(partition), BigInt(MESSAGES - 1), `seed ${seed}: all of partition ${partition}`);
      const consumer = { kind: "group", id: "team" } as const;
      const stored = await bench.direct.getConsumerOffset({ ...bench.place, consumer, partition });
      assert.ok((stored?.storedOffset ?? -1n) <= journal.last(partition), "only what was handled is stored");
    }
    assert.ok(bench.proxy.done.size > 2, "there were faults");
  }
});
