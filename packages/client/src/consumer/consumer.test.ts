import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { eventually } from "@iggy-connectors/testing";
import { BATCH_OVERHEAD, FakeMembership, framesOf } from "../../test/fake-membership.ts";
import { type ConsumedBatch, type ConsumerOptions, IggyError } from "../index.ts";
import { IggyConsumer } from "./consumer.ts";
import { resolveConsumerOptions } from "./options.ts";

type Settings = Partial<ConsumerOptions>;

const texts = (count: number, from = 0) => Array.from({ length: count }, (_, index) => `m${from + index}`);

function consumerOf(context: TestContext, membership: FakeMembership, settings: Settings = {}): IggyConsumer {
  const options = { stream: "orders", topic: "created", group: "billing", pollInterval: 1, ...settings };
  const consumer = new IggyConsumer(membership, resolveConsumerOptions(options as ConsumerOptions));
  context.after(() => consumer.close(1));
  return consumer;
}

function textsOf(batch: ConsumedBatch): string[] {
  return [...batch].map(({ payload }) => Buffer.from(payload).toString());
}

async function nextOf(consumer: IggyConsumer): Promise<ConsumedBatch> {
  const { value } = await consumer.next();
  return value ?? assert.fail("the consumer ended");
}

async function rejection(promise: Promise<unknown>): Promise<IggyError> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof IggyError, String(error));
    return error;
  }
  return assert.fail("it succeeded");
}

test("a loop gets every message of a partition in order; a batch is stored once the next one is asked for", async (context) => {
  const membership = new FakeMembership([texts(7)]);
  const consumer = consumerOf(context, membership, { batchMessages: 3 });
  const seen: string[] = [];
  for await (const batch of consumer) {
    assert.ok(!membership.stores.some(({ offset }) => offset >= batch.lastOffset), "stored before it was processed");
    seen.push(...textsOf(batch));
    if (seen.length === 7) {
      assert.equal(await batch.commit(), "stored");
      break;
    }
  }
  assert.deepEqual(seen, texts(7));
  await consumer.close();
  assert.deepEqual(membership.stored.get(0), 6n);
  assert.equal(membership.left, true);
});

test("partitions are read together, each in its order and stored by itself", async (context) => {
  const membership = new FakeMembership([texts(5), texts(4, 100)]);
  const consumer = consumerOf(context, membership, { batchMessages: 2 });
  const seen: string[][] = [[], []];
  while (seen.flat().length < 9) {
    const batch = await nextOf(consumer);
    seen[batch.partition]!.push(...textsOf(batch));
  }
  assert.deepEqual(seen, [texts(5), texts(4, 100)]);
  const ended = consumer.next();
  await eventually(() => membership.stored.get(0) === 4n && membership.stored.get(1) === 3n);
  await consumer.close();
  assert.equal((await ended).done, true);
});

test("reading starts where the options say, and after the stored offset otherwise", async (context) => {
  const first = async (settings: Settings, stored?: bigint): Promise<string | undefined> => {
    const membership = new FakeMembership([texts(10)]);
    if (stored !== undefined) membership.stored.set(0, stored);
    const batch = await nextOf(consumerOf(context, membership, { batchMessages: 3, ...settings }));
    return textsOf(batch)[0];
  };
  assert.equal(await first({}), "m0");
  assert.equal(await first({}, 4n), "m5");
  assert.equal(await first({ start: { kind: "first" } }, 4n), "m0");
  assert.equal(await first({ start: { kind: "offset", offset: 8n } }, 4n), "m8");
  assert.equal(await first({ start: { kind: "last" } }), "m7");
});

test("`initial: new` takes only what comes after the start", async (context) => {
  const membership = new FakeMembership([texts(3)]);
  const consumer = consumerOf(context, membership, { initial: "new" });
  const next = nextOf(consumer);
  await eventually(() => membership.polls > 1);
  membership.logs.get(0)!.push("later");
  assert.deepEqual(textsOf(await next), ["later"]);
});

test("manual commits store no more than the prefix that is processed", async (context) => {
  const membership = new FakeMembership([texts(6)]);
  const consumer = consumerOf(context, membership, { batchMessages: 2, commit: "manual" });
  const batches = [await nextOf(consumer), await nextOf(consumer), await nextOf(consumer)];
  assert.equal(await batches[1]!.commit(), "waiting");
  assert.equal(await batches[2]!.commit(), "waiting");
  assert.equal(membership.stores.length, 0);
  assert.equal(await batches[0]!.commit(), "stored");
  assert.deepEqual(membership.stores, [{ partition: 0, offset: 5n }]);
});

test("with an interval stores are combined, and the last one is not omitted", async (context) => {
  const membership = new FakeMembership([texts(20)]);
  const consumer = consumerOf(context, membership, { batchMessages: 1, commit: 600_000 });
  for (let count = 0; count < 20; count++) await nextOf(consumer);
  const ended = consumer.next();
  await consumer.close();
  await ended;
  assert.ok(membership.stores.length <= 2);
  assert.equal(membership.stored.get(0), 19n);
});

test("nothing is stored with commits off", async (context) => {
  const membership = new FakeMembership([texts(4)]);
  const consumer = consumerOf(context, membership, { batchMessages: 2, commit: "none" });
  const batch = await nextOf(consumer);
  await nextOf(consumer);
  assert.match((await rejection(batch.commit())).message, /commit "none"/);
  await consumer.close();
  assert.equal(membership.stores.length, 0);
});

test("a batch whose loop was left comes again first", async (context) => {
  const membership = new FakeMembership([texts(4)]);
  const consumer = consumerOf(context, membership, { batchMessages: 2 });
  for await (const batch of consumer) {
    assert.deepEqual(textsOf(batch), ["m0", "m1"]);
    break;
  }
  for await (const batch of consumer) {
    assert.deepEqual(textsOf(batch), ["m0", "m1"]);
    await batch.commit();
    break;
  }
  for await (const batch of consumer) {
    assert.deepEqual(textsOf(batch), ["m2", "m3"]);
    break;
  }
  await consumer.close();
  assert.equal(membership.stored.get(0), 1n);
});

test("what is polled ahead is bounded in bytes", async (context) => {
  const membership = new FakeMembership([Array.from({ length: 50 }, () => "x".repeat(10_000))]);
  const limit = 150_000;
  const consumer = consumerOf(context, membership, { batchMessages: 1, prefetchBytes: limit });
  for (let count = 0; count < 50; count++) {
    await nextOf(consumer);
    assert.ok(consumer.prefetchedBytes <= limit, `${consumer.prefetchedBytes} bytes are held`);
  }
  const large = consumerOf(context, membership, { batchMessages: 50, prefetchBytes: 1, start: { kind: "first" } });
  assert.equal((await nextOf(large)).length, 50);
  assert.ok(large.prefetchedBytes > 50 * 10_000 + BATCH_OVERHEAD, "one batch larger than the limit is taken alone");
});

test("a failed poll and a failed store are repeated from the same position", async (context) => {
  const membership = new FakeMembership([texts(4)]);
  const told: IggyError[] = [];
  let failures = 2;
  membership.beforePoll = async () => {
    if (failures-- > 0) throw new IggyError(8, { retryable: true });
    return undefined;
  };
  let storeFailed = false;
  membership.beforeStore = async () => {
    if (!storeFailed) {
      storeFailed = true;
      throw new IggyError(8, { retryable: true, outcomeUnknown: true });
    }
    return undefined;
  };
  const consumer = consumerOf(context, membership, { batchMessages: 4, onRetry: (error) => told.push(error) });
  const batch = await nextOf(consumer);
  assert.deepEqual(textsOf(batch), texts(4));
  assert.equal(await batch.commit(), "stored");
  assert.equal(told.length, 3);
});

test("a topic that is gone ends the loop with its error", async (context) => {
  const membership = new FakeMembership([texts(4)]);
  membership.beforePoll = async () => {
    throw new IggyError(2010, { retryable: false });
  };
  const consumer = consumerOf(context, membership);
  assert.equal((await rejection(consumer.next())).code, 2010);
  assert.equal((await rejection(consumer.next())).code, 2010);
});

test("wrong offsets and partitions from a server are not accepted", async (context) => {
  const membership = new FakeMembership([texts(6)]);
  const told: IggyError[] = [];
  const answers = [
    () => framesOf(3, 2n, ["foreign"], 5n),
    () => framesOf(0, 0n, ["m0", "m1"], 5n),
    () => framesOf(0, 1n, ["m1", "m2", "m3"], 5n),
  ];
  let polls = 0;
  membership.beforePoll = async () => {
    polls += 1;
    return polls === 1 ? undefined : answers[polls - 2]?.();
  };
  const consumer = consumerOf(context, membership, { batchMessages: 2, onRetry: (error) => told.push(error) });
  assert.deepEqual(textsOf(await nextOf(consumer)), ["m0", "m1"]);
  const batch = await nextOf(consumer);
  assert.deepEqual(textsOf(batch), ["m2", "m3"], "what was read before is left out");
  assert.equal(batch.firstOffset, 2n);
  assert.match(told[0]?.message ?? "", /partition 3/);
  assert.match(told[1]?.message ?? "", /older messages/);
});

test("a revoked partition is finished and stored before it is released, then read again after its stored offset", async (context) => {
  const membership = new FakeMembership([texts(4)]);
  const consumer = consumerOf(context, membership, { batchMessages: 2 });
  const first = await nextOf(consumer);
  await eventually(() => consumer.prefetchedBytes > 2 * BATCH_OVERHEAD);
  membership.assigned = [];
  membership.logs.get(0)!.push("m4");
  // The partition notices by its next poll; what was polled is still handed out and stored.
  const second = await nextOf(consumer);
  assert.deepEqual([...textsOf(first), ...textsOf(second)], texts(4));
  membership.assigned = [0];
  const third = nextOf(consumer);
  await eventually(() => membership.stored.get(0) === 3n);
  assert.deepEqual(textsOf(await third), ["m4"]);
});

test("work of a partition that is lost is not stored, and what was polled of it is dropped", async (context) => {
  const membership = new FakeMembership([texts(6), texts(2, 100)]);
  membership.beforeStore = async (partition) => (partition === 0 ? "lost" : undefined);
  const consumer = consumerOf(context, membership, { batchMessages: 2 });
  let batch = await nextOf(consumer);
  while (batch.partition !== 0) batch = await nextOf(consumer);
  assert.equal(batch.owned, true);
  assert.equal(await batch.commit(), "lost");
  assert.equal(batch.owned, false);
  membership.assigned = [1];
  const partitions = new Set<number>();
  const loop = (async () => {
    for await (const { partition } of consumer) partitions.add(partition);
  })();
  await eventually(() => membership.stored.get(1) === 1n);
  await consumer.close();
  await loop;
  assert.equal(membership.stored.get(0), undefined);
  assert.ok(!partitions.has(0));
});

test("memory is reused only where the options say so", async (context) => {
  const membership = new FakeMembership([texts(4)]);
  const consumer = consumerOf(context, membership, { batchMessages: 2, reuseMemory: true });
  await nextOf(consumer);
  assert.equal(membership.recycled, 0);
  await nextOf(consumer);
  assert.equal(membership.recycled, 1);
});

test("one call of next at a time; numbers out of range are refused", async (context) => {
  const consumer = consumerOf(context, new FakeMembership([[]]));
  const waiting = consumer.next();
  await assert.rejects(consumer.next(), /one batch at a time/);
  await consumer.close();
  assert.equal((await waiting).done, true);
  assert.throws(() => consumerOf(context, new FakeMembership([]), { batchMessages: 0 }), /batchMessages is 0/);
});
