import assert from "node:assert/strict";
import { test } from "node:test";
import { eventually } from "@iggy-connectors/testing";
import { FakeTopic } from "../../test/fake-topic.ts";
import { Aes256GcmEncryptor, IggyError, type ProducerOptions, SendError } from "../index.ts";
import { resolveProducerOptions } from "./options.ts";
import { IggyProducer } from "./producer.ts";

type Settings = Omit<ProducerOptions, "stream" | "topic">;

function producerOf(topic: FakeTopic, settings: Settings = {}): IggyProducer {
  const retry = { initialBackoff: 1, maxBackoff: 2, ...settings.retry };
  const options = { stream: "orders", topic: "created", ...settings, retry };
  return new IggyProducer(topic, resolveProducerOptions(options, 20_000, undefined));
}

const message = (text: string) => ({ payload: Buffer.from(text) });
const messages = (...texts: string[]) => texts.map(message);

/** Holds back answers until they are let go, all at once. */
function gate(topic: FakeTopic): () => void {
  const { promise, resolve } = Promise.withResolvers<void>();
  topic.answered = () => promise;
  return resolve;
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

test("sends of one turn share a batch, and every send learns where its messages are", async () => {
  const topic = new FakeTopic();
  const producer = producerOf(topic);
  const [first, second] = await Promise.all([producer.send(messages("a", "b")), producer.send(messages("c"))]);
  assert.deepEqual(topic.carried, [{ partition: 0, texts: ["a", "b", "c"], flow: "beside" }]);
  assert.deepEqual(first, [{ from: 0, count: 2, partition: 0, baseOffset: 0n }]);
  assert.deepEqual(second, [{ from: 0, count: 1, partition: 0, baseOffset: 2n }]);
});

test("while a batch is under way the next one fills up", async () => {
  const topic = new FakeTopic();
  const open = gate(topic);
  const producer = producerOf(topic, { batchMessages: 3 });
  const sends = [producer.send(messages("a"))];
  await eventually(() => topic.carried.length === 1);
  for (const text of ["b", "c", "d", "e"]) sends.push(producer.send(messages(text)));
  open();
  await Promise.all(sends);
  assert.deepEqual(
    topic.carried.map(({ texts }) => texts),
    [["a"], ["b", "c", "d"], ["e"]],
  );
});

test("a send larger than a batch is split, by messages and by bytes, and told part by part", async () => {
  const topic = new FakeTopic();
  const producer = producerOf(topic, { batchMessages: 2, batchBytes: 990 });
  const ranges = await producer.send(messages("a", "b", "c".repeat(900), "d".repeat(900), "e"));
  assert.deepEqual(
    ranges.map(({ from, count, baseOffset }) => [from, count, baseOffset]),
    [
      [0, 2, 0n],
      [2, 1, 2n],
      [3, 1, 3n],
      [4, 1, 4n],
    ],
  );
});

test("a linger waits for a full batch; flush does not", async () => {
  const topic = new FakeTopic();
  const producer = producerOf(topic, { linger: 60_000, batchMessages: 2 });
  const first = producer.send(messages("a"));
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(topic.carried.length, 0);
  const second = producer.send(messages("b"));
  await Promise.all([first, second]);
  const third = producer.send(messages("c"));
  await producer.flush();
  await third;
  assert.deepEqual(
    topic.carried.map(({ texts }) => texts),
    [["a", "b"], ["c"]],
  );
});

test("balanced sends go to each partition in turn, keys to their partition, and each partition has its own window", async () => {
  const topic = new FakeTopic();
  topic.partitions = 3;
  const open = gate(topic);
  const producer = producerOf(topic, { batchMessages: 1 });
  const sends = ["a", "b", "c", "d"].map((text) => producer.send(messages(text)));
  sends.push(producer.send(messages("k"), { partitioning: { kind: "key", key: Buffer.from("beta") } }));
  sends.push(producer.send(messages("x"), { partitioning: { kind: "partition", partition: 7 } }));
  await eventually(() => topic.carried.length >= 3);
  open();
  await Promise.all(sends);
  assert.equal(2623403401 % 3, 1);
  assert.ok(topic.logs.get(1)?.includes("k"));
  assert.deepEqual(topic.logs.get(7), ["x"]);
  assert.equal([...topic.logs.values()].flat().length, 6);
});

test("balanced sends do not gather at a partition that is busy", async () => {
  const topic = new FakeTopic();
  topic.partitions = 3;
  const open = gate(topic);
  const producer = producerOf(topic, { batchMessages: 2 });
  const sends = Array.from({ length: 18 }, (_, index) => producer.send(messages(String(index))));
  await eventually(() => topic.carried.length === 3);
  open();
  await Promise.all(sends);
  assert.deepEqual(
    [0, 1, 2].map((partition) => topic.logs.get(partition)?.length),
    [6, 6, 6],
  );
});

test("a full buffer makes sends wait; ready resolves when there is capacity", async () => {
  const topic = new FakeTopic();
  const open = gate(topic);
  const producer = producerOf(topic, { bufferBytes: 200, partitioning: { kind: "partition", partition: 0 } });
  const first = producer.send(messages("a".repeat(120)));
  assert.equal(producer.hasRoom, true);
  const second = producer.send(messages("b".repeat(120)));
  assert.equal(producer.hasRoom, false);
  assert.equal(producer.bufferedBytes, 168);
  let ready = false;
  const waiting = producer.ready().then(() => {
    ready = true;
  });
  await eventually(() => topic.carried.length === 1);
  assert.equal(ready, false);
  open();
  await Promise.all([first, second, waiting]);
  assert.equal(producer.bufferedBytes, 0);
});

test("a batch that was not accepted is sent again with the same ids, then given up with its error", async () => {
  const topic = new FakeTopic();
  topic.fate = (request) => (request < 2 ? "not now" : "stored");
  const producer = producerOf(topic);
  await producer.send(messages("a"));
  assert.equal(topic.carried.length, 3);
  topic.fate = () => "not now";
  const error = await rejection(producer.send(messages("b")));
  assert.equal(error.code, 58);
  assert.equal(error.outcomeUnknown, false);
  assert.equal(topic.carried.length, 3 + 4);
});

test("a lost answer is reported, and the send repeated only where that is asked for", async () => {
  const topic = new FakeTopic();
  topic.fate = (request) => (request === 0 ? "lost, stored" : "stored");
  const error = await rejection(producerOf(topic).send(messages("a")));
  assert.equal(error.outcomeUnknown, true);
  assert.deepEqual(topic.logs.get(0), ["a"]);
  const other = new FakeTopic();
  other.fate = topic.fate;
  await producerOf(other, { retry: { unknownOutcome: true }, ids: "content" }).send(messages("a"));
  assert.deepEqual(other.logs.get(0), ["a", "a"]);
});

test("with a window several requests are under way, and nothing is sent again", async () => {
  const topic = new FakeTopic();
  const open = gate(topic);
  topic.fate = (request) => (request === 1 ? "not now" : "stored");
  const producer = producerOf(topic, { batchMessages: 1, maxInFlight: 4 });
  const sends = ["a", "b", "c", "d", "e", "f"].map((text) => producer.send(messages(text)));
  const failed = rejection(sends[1]!);
  await eventually(() => topic.carried.length === 4);
  open();
  assert.equal((await failed).code, 58);
  await Promise.allSettled(sends);
  assert.equal(topic.highestInFlight, 4);
  assert.deepEqual(topic.logs.get(0), ["a", "c", "d", "e", "f"]);
  assert.ok(topic.carried.every(({ flow }) => flow === "behind"));
});

test("a refused send does not fail the others of its batch", async () => {
  const topic = new FakeTopic();
  topic.fate = (_request, { texts }) => (texts.includes("bad") ? "refused" : "stored");
  const producer = producerOf(topic);
  const sends = [producer.send(messages("a")), producer.send(messages("bad")), producer.send(messages("c"))];
  const refused = rejection(sends[1]!);
  const [first, , third] = await Promise.allSettled(sends);
  assert.equal((await refused).code, 4022);
  assert.equal(first?.status, "fulfilled");
  assert.equal(third?.status, "fulfilled");
  assert.deepEqual(topic.logs.get(0), ["a", "c"]);
});

test("the rest of a send after a failed part is not sent", async () => {
  const topic = new FakeTopic();
  topic.fate = (_request, { texts }) => (texts.includes("c") ? "refused" : "stored");
  const producer = producerOf(topic, { batchMessages: 2 });
  const send = rejection(producer.send(messages("a", "b", "c", "d", "e", "f")));
  const next = producer.send(messages("g"));
  const error = await send;
  assert.ok(error instanceof SendError);
  assert.deepEqual(error.confirmed, [{ from: 0, count: 2, partition: 0, baseOffset: 0n }]);
  await next;
  assert.deepEqual(topic.logs.get(0), ["a", "b", "g"]);
});

test("a message that cannot be sent is refused at once and named", async () => {
  const producer = producerOf(new FakeTopic());
  const empty = await rejection(producer.send([message("a"), { payload: Buffer.alloc(0) }]));
  assert.equal(empty.code, 4024);
  assert.match(empty.message, /message 1: payload is empty/);
  const sealing = producerOf(new FakeTopic(), { encryptor: new Aes256GcmEncryptor(Buffer.alloc(32)) });
  assert.equal((await rejection(sealing.send([{ payload: Buffer.alloc(0) }]))).code, 4024);
});

test("close sends what waits, then refuses; after its deadline it rejects what is left", async () => {
  const topic = new FakeTopic();
  const producer = producerOf(topic, { linger: 60_000 });
  const send = producer.send(messages("a"));
  await producer.close();
  await send;
  assert.equal((await rejection(producer.send(messages("b")))).code, 63);

  const silent = new FakeTopic();
  gate(silent);
  const hanging = producerOf(silent);
  const lost = rejection(hanging.send(messages("a")));
  const error = await rejection(hanging.flush(1));
  assert.equal(error.code, 12001);
  await hanging.close(1);
  assert.equal((await lost).outcomeUnknown, true);
});

test("a topic that lost partitions rejects what was on its way to them; what is sent afterwards avoids them", async () => {
  const topic = new FakeTopic();
  topic.partitions = 2;
  topic.fate = (_request, { partition }) => (partition >= topic.partitions ? "no such partition" : "stored");
  const producer = producerOf(topic, { batchMessages: 1 });
  await Promise.all([producer.send(messages("a")), producer.send(messages("b"))]);
  topic.partitions = 1;
  const [kept, lost] = await Promise.allSettled([producer.send(messages("c")), producer.send(messages("d"))]);
  assert.equal(kept?.status, "fulfilled");
  assert.equal(lost?.status, "rejected");
  for (const text of ["e", "f", "g"]) await producer.send(messages(text));
  assert.deepEqual(topic.logs.get(0), ["a", "c", "e", "f", "g"]);
});

test("a missing topic rejects sends that need to know its partitions, and is asked for again", async () => {
  const topic = new FakeTopic();
  let missing = true;
  topic.partitionsCount = async () => {
    if (missing) throw new IggyError(2010);
    return 2;
  };
  const producer = producerOf(topic);
  const sends = await Promise.allSettled([producer.send(messages("a")), producer.send(messages("b"))]);
  assert.deepEqual(
    sends.map(({ status }) => status),
    ["rejected", "rejected"],
  );
  assert.equal(producer.bufferedBytes, 0);
  missing = false;
  await producer.send(messages("c"));
  assert.deepEqual(topic.logs.get(0), ["c"]);
});
