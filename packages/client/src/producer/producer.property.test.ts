import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { FakeTopic, type Fate } from "../../test/fake-topic.ts";
import { IggyError } from "../index.ts";
import { resolveProducerOptions } from "./options.ts";
import { IggyProducer } from "./producer.ts";

const FATES: readonly Fate[] = ["stored", "not now", "refused", "lost, stored", "lost, not stored"];

const scenario = fc.record({
  /** Messages of each send, and what is done before the next one. */
  sends: fc.array(fc.record({ count: fc.integer({ min: 1, max: 7 }), pause: fc.boolean(), partition: fc.nat(1) }), {
    minLength: 1,
    maxLength: 15,
  }),
  fates: fc.array(fc.constantFrom(...FATES), { maxLength: 12 }),
  batchMessages: fc.integer({ min: 1, max: 5 }),
  maxInFlight: fc.constantFrom(1, 1, 3),
  bufferBytes: fc.constantFrom(1, 300, 100_000),
  attempts: fc.nat(2),
  repeatUnknown: fc.boolean(),
});

test("order is kept per partition, nothing is lost quietly, nothing is stored twice unasked, the buffer is bounded", async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async ({ sends, fates, bufferBytes, attempts, repeatUnknown, ...settings }) => {
      const topic = new FakeTopic();
      topic.partitions = 2;
      topic.fate = (request) => fates[request] ?? "stored";
      topic.answered = () => new Promise((resolve) => setImmediate(resolve));
      const retry = { attempts, unknownOutcome: repeatUnknown, initialBackoff: 0, maxBackoff: 0 };
      const options = { stream: 1, topic: 1, bufferBytes, retry, ...settings };
      const producer = new IggyProducer(topic, resolveProducerOptions(options, 20_000, undefined));
      let number = 0;
      const answers = [];
      for (const { count, pause, partition } of sends) {
        const texts = Array.from({ length: count }, () => String(number++).padStart(4, "0"));
        const largest = 52 * count;
        const answer = producer
          .send(
            texts.map((text) => ({ payload: Buffer.from(text) })),
            { partitioning: { kind: "partition", partition } },
          )
          .then(
            (ranges) => ({ texts, partition, ranges, error: undefined }),
            (error: unknown) => ({ texts, partition, ranges: undefined, error }),
          );
        answers.push(answer);
        assert.ok(producer.bufferedBytes <= Math.max(bufferBytes, 52 * 7, largest), "more is held than allowed");
        if (pause) await new Promise((resolve) => setImmediate(resolve));
      }
      const ended = await Promise.all(answers);
      assert.equal(producer.bufferedBytes, 0);

      for (const log of topic.logs.values()) {
        const firsts = [...new Set(log)];
        assert.deepEqual(firsts, [...firsts].sort(), "the order of a partition is that of the sends");
        if (!repeatUnknown || settings.maxInFlight > 1)
          assert.equal(firsts.length, log.length, "a message is stored twice");
      }
      for (const { texts, partition, ranges, error } of ended) {
        const log = topic.logs.get(partition) ?? [];
        if (error === undefined) {
          assert.deepEqual(
            ranges?.flatMap(({ count, baseOffset }) => log.slice(Number(baseOffset), Number(baseOffset) + count)),
            texts,
          );
        } else {
          assert.ok(error instanceof IggyError);
        }
      }
    }),
    { numRuns: 150 },
  );
});
