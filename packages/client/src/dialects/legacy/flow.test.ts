import assert from "node:assert/strict";
import { test } from "node:test";
import { legacy } from "@iggy-connectors/protocol";
import { QUICK } from "../../../test/connected.ts";
import { type LegacyAnswer, type LegacyRequest, LegacyServer } from "../../../test/legacy-server.ts";
import { IggyClient } from "../../index.ts";

const PLACE = { stream: "orders", topic: "created" } as const;

/** A topic of one partition, kept as a server of 0.8 keeps it. */
class LegacyLog {
  readonly #messages: Buffer[] = [];
  stored: bigint | undefined;

  readonly script = (request: LegacyRequest): LegacyAnswer | undefined => {
    if (request.is(legacy.getTopic)) return this.#topic(request);
    if (request.is(legacy.sendMessages)) {
      const { record, messagesCount } = request.read(legacy.sendMessages);
      const accepted = legacy.decodeMessagesForAppend(Buffer.from(record), messagesCount);
      if (!accepted.ok) return request.status(accepted.code);
      legacy.stampMessages(accepted, BigInt(this.#messages.length), 1_700_000_000_000_000n);
      for (let i = 0; i < messagesCount; i++) {
        this.#messages.push(accepted.messages.subarray(accepted.starts[i], accepted.starts[i + 1]));
      }
      return request.ok(legacy.sendMessages);
    }
    if (request.is(legacy.pollMessages)) {
      const { strategy, count } = request.read(legacy.pollMessages);
      const from =
        strategy.kind === "offset" ? Number(strategy.offset) : this.stored === undefined ? 0 : Number(this.stored) + 1;
      const messages = this.#messages.slice(from, from + count);
      const currentOffset = BigInt(Math.max(0, this.#messages.length - 1));
      return Buffer.concat(
        legacy.encodePollResponse({ partition: 0, currentOffset, count: messages.length, messages }),
      );
    }
    if (request.is(legacy.storeConsumerOffset)) {
      this.stored = request.read(legacy.storeConsumerOffset).offset;
      return request.ok(legacy.storeConsumerOffset);
    }
    if (request.is(legacy.getConsumerOffset)) {
      const { stored } = this;
      const found = stored === undefined ? undefined : { partition: 0, currentOffset: 0n, storedOffset: stored };
      return request.ok(legacy.getConsumerOffset, found);
    }
    return undefined;
  };

  #topic(request: LegacyRequest): Buffer {
    const sizes = { createdAt: 1n, size: 0n, messagesCount: BigInt(this.#messages.length) };
    return request.ok(legacy.getTopic, {
      ...sizes,
      id: 0,
      name: PLACE.topic,
      partitionsCount: 1,
      messageExpiry: 2n ** 64n - 1n,
      compression: "none",
      maxTopicSize: 2n ** 64n - 1n,
      options: new Map(),
      derivedOptions: new Map(),
      partitions: [{ ...sizes, id: 0, segmentsCount: 1, currentOffset: 0n }],
    });
  }
}

test("what a producer sends to a server of 0.8 is read by a consumer, once, with correct checksums", async () => {
  const log = new LegacyLog();
  const server = await LegacyServer.start(log.script);
  const client = await IggyClient.connect({ address: server.address, ...QUICK, verifyChecksums: "messages" });
  try {
    const producer = client.createProducer({ ...PLACE, batchMessages: 3, maxInFlight: 4 });
    const texts = Array.from({ length: 10 }, (_, i) => `message ${i}`);
    await Promise.all(texts.map((text) => producer.send([{ payload: Buffer.from(text) }])));
    await producer.close();

    const consumer = client.createConsumer({ ...PLACE, consumer: "reader", batchMessages: 4 });
    const read: string[] = [];
    for await (const batch of consumer) {
      for (const message of batch) read.push(Buffer.from(message.payload).toString());
      if (read.length === texts.length) {
        await batch.commit();
        break;
      }
    }
    await consumer.close();
    assert.deepEqual(read, texts);
    assert.equal(log.stored, 9n);
  } finally {
    await client.close();
    await server.close();
  }
});
