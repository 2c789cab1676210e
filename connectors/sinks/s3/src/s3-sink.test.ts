import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { isCommittedOffsetMoved, isFatal } from "@iggy-connectors/sdk";
import { missingPython, S3Server } from "@iggy-connectors/test-support";
import { batchOf, recordingContext, TEST_PARTITION } from "@iggy-connectors/testing";
import { TestBucket } from "../test/bucket.ts";
import { committed, consume, flush, records, signal, startSink } from "../test/setup.ts";
import { s3SinkConfig } from "./config.ts";
import { s3Sink } from "./index.ts";
import { S3Sink } from "./s3-sink.ts";

const skip = process.env.S3_URL === undefined && (await missingPython());
const FOLDER = "orders/created/2023-11-14/22";
const name = (first: number, rest = "") => `${FOLDER}/00000-${String(first).padStart(20, "0")}${rest}.jsonl`;
const ended = (last: number) => `-${String(last).padStart(20, "0")}`;

let server: S3Server;
if (skip === false) {
  before(async () => {
    server = await S3Server.start();
  });
  after(() => server[Symbol.asyncDispose]());
}

/** Offsets in all objects, in the order of their names. */
async function offsets(bucket: TestBucket): Promise<number[]> {
  const lines = (await bucket.text()).split("\n").filter(Boolean);
  return lines.map((line) => JSON.parse(line).offset);
}
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);

test("nothing is in the store before a flush, then one object that says what it is", { skip }, async (t) => {
  const bucket = await TestBucket.create(server);
  const { sink, context } = await startSink(t, bucket.settings());
  assert.equal(await committed(sink), undefined);
  await consume(sink, 0, 3);
  await consume(sink, 3, 5);
  assert.deepEqual(await bucket.keys(), []);
  await flush(sink);
  const [object, ...others] = await bucket.objects();
  assert.deepEqual(others, []);
  assert.equal(object?.key, name(0));
  assert.equal(object?.contentType, "application/x-ndjson");
  assert.deepEqual(object?.metadata, {
    "iggy-connector": "test",
    "iggy-stream": "orders",
    "iggy-topic": "created",
    "iggy-partition": "0",
    "iggy-first-offset": "0",
    "iggy-last-offset": "4",
    "iggy-last-timestamp": "1700000000000001",
    "iggy-messages": "5",
  });
  assert.deepEqual(await offsets(bucket), range(0, 5));
  assert.equal(await committed(sink), 4n);
  assert.equal(context.values.get("s3_objects_total"), 1);
  assert.deepEqual(context.lines, ["info: delivery is exactly once: the store supports conditional writes"]);
  await flush(sink);
  assert.equal((await bucket.keys()).length, 1);
});

test("objects are cut by count, by size, and by the hour of their messages", { skip }, async (t) => {
  const byCount = await TestBucket.create(server);
  const counting = await startSink(t, { ...byCount.settings(), file_rotation: "messages", max_messages_per_file: 10 });
  await counting.sink.committed(TEST_PARTITION);
  await consume(counting.sink, 0, 25);
  await flush(counting.sink);
  assert.deepEqual(await byCount.keys(), [name(0), name(10), name(20)]);

  const bySize = await TestBucket.create(server);
  const sizing = await startSink(t, { ...bySize.settings(), max_file_size: "1KiB" });
  await sizing.sink.committed(TEST_PARTITION);
  await consume(sizing.sink, 0, 100);
  await flush(sizing.sink);
  const sizes = (await bySize.objects()).map(({ body }) => body.length);
  assert.ok(sizes.length > 5);
  assert.ok(
    sizes.slice(0, -1).every((size) => size >= 1024 && size < 1300),
    String(sizes),
  );
  assert.deepEqual(await offsets(bySize), range(0, 100));

  const byHour = await TestBucket.create(server);
  const timing = await startSink(t, byHour.settings());
  await timing.sink.committed(TEST_PARTITION);
  const batch = batchOf(records(0, 4));
  const timestamp = (index: number) => Date.UTC(2026, 0, 1, 9, 59, 58 + index) * 1000;
  Object.defineProperty(batch, "timestamp", { value: timestamp });
  await timing.sink.consume(batch, { signal, attempt: 1 });
  await flush(timing.sink);
  assert.deepEqual(await byHour.keys(), [
    "orders/created/2026-01-01/09/00000-00000000000000000000.jsonl",
    "orders/created/2026-01-01/10/00000-00000000000000000002.jsonl",
  ]);
});

test("invariant 10: a sink that comes after a crash finds how far the objects reach", { skip }, async (t) => {
  const bucket = await TestBucket.create(server);
  const first = await startSink(t, bucket.settings());
  await first.sink.committed(TEST_PARTITION);
  await consume(first.sink, 0, 5);
  await flush(first.sink);
  await consume(first.sink, 5, 9);
  // Nothing was flushed of 5 … 8: it ends here.
  const second = await startSink(t, bucket.settings());
  assert.equal(await committed(second.sink), 4n);
  // Iggy's offset is older: the batch covers what is there.
  await consume(second.sink, 2, 8);
  await flush(second.sink);
  assert.deepEqual(await bucket.keys(), [name(0), name(5)]);
  assert.deepEqual(await offsets(bucket), range(0, 8));
});

test("invariant 10: of two writers of one partition each message is written once, wherever each cuts", {
  skip,
}, async (t) => {
  const bucket = await TestBucket.create(server);
  const stale = await startSink(t, bucket.settings());
  const fresh = await startSink(t, bucket.settings());
  await stale.sink.committed(TEST_PARTITION);
  await fresh.sink.committed(TEST_PARTITION);
  await consume(stale.sink, 0, 6);
  await consume(fresh.sink, 0, 10);
  await flush(stale.sink);
  // Finds 0 … 5 written and continues after them.
  await flush(fresh.sink);
  assert.deepEqual(await bucket.keys(), [name(0), name(6)]);
  await consume(stale.sink, 6, 20);
  await flush(stale.sink);
  await consume(fresh.sink, 10, 15);
  await flush(fresh.sink);
  assert.deepEqual(await offsets(bucket), range(0, 20));
  assert.ok(fresh.context.lines.some((line) => line.includes("continuing after it")));
});

test("many interleavings of two writers leave one chain without gap or repetition", { skip }, async (t) => {
  const bucket = await TestBucket.create(server);
  const settings = {
    ...bucket.settings(),
    file_rotation: "messages",
    max_messages_per_file: 7,
    output_format: "json_array",
  };
  const writers = [await startSink(t, settings), await startSink(t, settings)];
  const next = [0, 0];
  for (const { sink } of writers) await sink.committed(TEST_PARTITION);
  let state = 12_345;
  const random = (below: number): number => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state % below;
  };
  for (let step = 0; step < 60; step++) {
    const who = random(2);
    const { sink } = writers[who]!;
    if (random(3) === 0) await flush(sink);
    else {
      const count = 1 + random(9);
      await consume(sink, next[who]!, next[who]! + count);
      next[who]! += count;
    }
  }
  for (const { sink } of writers) await flush(sink);
  const written = (await bucket.objects()).flatMap(({ body }) => JSON.parse(body.toString()) as { offset: number }[]);
  assert.deepEqual(
    written.map(({ offset }) => offset),
    range(0, Math.max(...next)),
  );
});

test("what is revoked is dropped, and comes again", { skip }, async (t) => {
  const bucket = await TestBucket.create(server);
  const { sink } = await startSink(t, bucket.settings());
  await sink.committed(TEST_PARTITION);
  await consume(sink, 0, 5);
  await sink.revoked([TEST_PARTITION]);
  await flush(sink);
  assert.deepEqual(await bucket.keys(), []);
  await sink.committed(TEST_PARTITION);
  await consume(sink, 0, 3);
  await flush(sink);
  assert.deepEqual(await offsets(bucket), range(0, 3));
});

test("a reset writes the same offsets again, under names of their own", { skip }, async (t) => {
  const bucket = await TestBucket.create(server);
  const { sink } = await startSink(t, bucket.settings());
  await sink.committed(TEST_PARTITION);
  await consume(sink, 0, 5);
  await flush(sink);
  await sink.reset(TEST_PARTITION, 2n);
  assert.equal(await committed(sink), 1n);
  await consume(sink, 2, 5);
  await flush(sink);
  assert.deepEqual(await bucket.keys(), [name(0), name(2, "-r1")]);
  await sink.reset(TEST_PARTITION, 0n);
  assert.equal(await committed(sink), undefined);
});

test("at least once: the original's names, nothing is kept in the store, and a shorter object replaces none", {
  skip,
}, async (t) => {
  const bucket = await TestBucket.create(server);
  const settings = { ...bucket.settings(), delivery: "at_least_once" };
  const one = await startSink(t, settings);
  assert.equal(await committed(one.sink), undefined);
  await consume(one.sink, 0, 5);
  await flush(one.sink);
  const other = await startSink(t, settings);
  await consume(other.sink, 0, 3);
  await flush(other.sink);
  assert.deepEqual(await bucket.keys(), [name(0, ended(2)), name(0, ended(4))]);
  assert.deepEqual(await bucket.keys(".iggy-connectors"), []);
  assert.deepEqual(one.deliveries, []);
  assert.equal(s3Sink.deliveryOf?.(s3SinkConfig.parse(settings)), "at-least-once");
});

const inHistory = (history: string) => ({ ...TEST_PARTITION, history });

for (const delivery of ["auto", "at_least_once"]) {
  test(`a topic that was created again is written beside the one before, ${delivery}`, { skip }, async (t) => {
    const bucket = await TestBucket.create(server);
    const settings = { ...bucket.settings(), delivery };
    const take = (sink: S3Sink, from: number, to: number, history: string) =>
      sink.consume(batchOf(records(from, to), { firstOffset: BigInt(from), ref: inHistory(history) }), {
        signal,
        attempt: 1,
      });
    const first = await startSink(t, settings);
    await first.sink.committed(inHistory("one"));
    await take(first.sink, 0, 5, "one");
    await flush(first.sink);
    // Stopped: the next one finds a record of the log that is gone.
    const second = await startSink(t, settings);
    const stored = await second.sink.committed(inHistory("two"));
    if (delivery === "auto") assert.deepEqual([stored?.offset, stored?.history], [4n, "one"]);
    await second.sink.reset(inHistory("two"), 0n);
    await take(second.sink, 0, 5, "two");
    await take(second.sink, 5, 6, "two");
    // Running: staged messages of the log that is gone are written, too, and no offset is taken for another one's.
    await take(second.sink, 0, 5, "three");
    await flush(second.sink);
    assert.deepEqual((await offsets(bucket)).sort(), [...range(0, 5), ...range(0, 6), ...range(0, 5)].sort());
    const histories = (await bucket.objects()).map(({ metadata }) => metadata["iggy-history"]).sort();
    assert.deepEqual(histories, ["one", "three", "two"]);
    if (delivery === "auto") {
      const { history, offset } = (await second.sink.committed(inHistory("three")))!;
      assert.deepEqual([offset, history], [4n, "three"]);
    }
  });
}

test("objects of a log that is gone are passed by where the offset object was deleted", { skip }, async (t) => {
  const bucket = await TestBucket.create(server);
  for (const history of ["one", "two"]) {
    const { sink } = await startSink(t, bucket.settings());
    assert.equal(await sink.committed(inHistory(history)), undefined);
    await sink.consume(batchOf(records(0, 5), { ref: inHistory(history) }), { signal, attempt: 1 });
    await flush(sink);
    await bucket.delete(".iggy-connectors/test/orders/created/0.json");
  }
  assert.deepEqual(await bucket.keys(), [name(0, "-r1"), name(0)]);
});

test("a record from before histories were known is taken for the current one", { skip }, async (t) => {
  const bucket = await TestBucket.create(server);
  const before = await startSink(t, bucket.settings());
  await before.sink.committed(TEST_PARTITION);
  await consume(before.sink, 0, 5);
  await flush(before.sink);
  const after_ = await startSink(t, bucket.settings());
  assert.deepEqual(await after_.sink.committed(inHistory("one")), {
    offset: 4n,
    history: undefined,
    timestamp: 1_700_000_000_000_004,
  });
  await after_.sink.consume(batchOf(records(2, 8), { firstOffset: 2n, ref: inHistory("one") }), { signal, attempt: 1 });
  await flush(after_.sink);
  assert.deepEqual(await offsets(bucket), range(0, 8));
  assert.equal((await after_.sink.committed(inHistory("one")))?.history, "one");
});

test("a record that was restored, deleted or moved while the sink runs is not overwritten", { skip }, async (t) => {
  const record = ".iggy-connectors/test/orders/created/0.json";
  for (const change of ["restored", "deleted", "reset"] as const) {
    const bucket = await TestBucket.create(server);
    const { sink } = await startSink(t, bucket.settings());
    await sink.committed(TEST_PARTITION);
    await consume(sink, 0, 3);
    await flush(sink);
    const backup = (await bucket.get(record)).body.toString();
    await consume(sink, 3, 6);
    await flush(sink);
    await consume(sink, 6, 8);
    if (change === "deleted") await bucket.delete(record);
    else if (change === "restored") {
      await bucket.put(record, backup);
      // What was written after the backup is not there.
      await bucket.delete(name(3));
    } else await (await startSink(t, bucket.settings())).sink.reset(TEST_PARTITION, 0n);
    await assert.rejects(flush(sink), (error) => isCommittedOffsetMoved(error), change);
    const next = (await committed(sink)) ?? -1n;
    assert.equal(next, { restored: 2n, deleted: -1n, reset: -1n }[change]);
    await consume(sink, Number(next) + 1, 8);
    await flush(sink);
    assert.deepEqual([...new Set(await offsets(bucket))].sort(), range(0, 8), change);
  }
});

test("messages that ended elsewhere are recorded, and do not come again", { skip }, async (t) => {
  const bucket = await TestBucket.create(server);
  const { sink } = await startSink(t, bucket.settings());
  await sink.committed(inHistory("one"));
  await sink.ended(TEST_PARTITION, 2n);
  await sink.consume(batchOf(records(3, 5), { firstOffset: 3n, ref: inHistory("one") }), { signal, attempt: 1 });
  await flush(sink);
  await sink.ended(inHistory("one"), 9n);
  // Behind what is written: nothing moves back.
  await sink.ended(inHistory("one"), 4n);
  const other = await startSink(t, bucket.settings());
  assert.equal(await committed(other.sink, inHistory("one")), 9n);
  await other.sink.consume(batchOf(records(10, 12), { firstOffset: 10n, ref: inHistory("one") }), {
    signal,
    attempt: 1,
  });
  await flush(other.sink);
  assert.deepEqual(await offsets(bucket), [3, 4, 10, 11]);
  // Somebody else was faster.
  await assert.rejects(sink.ended(inHistory("one"), 10n), (error) => isCommittedOffsetMoved(error));
});

test("several topics in one folder are refused at the start and by check, one topic is not", { skip }, async (t) => {
  const bucket = await TestBucket.create(server);
  const streams = [{ stream: "orders", topics: ["x1", "x2"], pattern: false }];
  for (const delivery of ["at_least_once", "auto"]) {
    const settings = { ...bucket.settings(), delivery, path_template: "all/{date}" };
    await assert.rejects(
      startSink(t, settings, streams),
      (error) =>
        isFatal(error) && error.code === "IGC_SINK_S3_TEMPLATE" && /orders\/x1, orders\/x2/.test(error.message),
    );
    const sink = new S3Sink(s3SinkConfig.parse(settings), { ...recordingContext("."), streams });
    assert.match((await sink.check({ signal })).findings[0]?.message ?? "", /does not tell apart/);
    const single = await startSink(t, settings, [{ stream: "orders", topics: ["created"], pattern: false }]);
    await single.sink.committed(TEST_PARTITION);
    await consume(single.sink, 0, 1);
    await flush(single.sink);
  }
  assert.deepEqual(
    (await bucket.keys()).map((key) => key.slice(0, 15)),
    ["all/2023-11-14/", "all/2023-11-14/"],
  );
});

test("names that only differ in characters no folder can hold have folders of their own", { skip }, async (t) => {
  for (const delivery of ["at_least_once", "auto"]) {
    const bucket = await TestBucket.create(server);
    const topics = ["a/b", "a b", "a_b", "a%2Fb", ".", "..", "caf\u00e9", "cafe\u0301"];
    const { sink } = await startSink(t, { ...bucket.settings(), delivery }, [{ stream: "s", topics, pattern: false }]);
    for (const topic of topics) {
      const ref = { stream: "s", topic, partition: 0 };
      await sink.committed(ref);
      await sink.consume(batchOf(records(0, 5), { ref }), { signal, attempt: 1 });
    }
    await flush(sink);
    const lines = (await bucket.text())
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line));
    for (const topic of topics)
      assert.deepEqual(
        lines.filter((line) => line.topic === topic).map(({ offset }) => offset),
        [0, 1, 2, 3, 4],
        topic,
      );
  }
});

test("at least once: an object of another topic or connector is never replaced, the own one is", {
  skip,
}, async (t) => {
  const bucket = await TestBucket.create(server);
  const settings = { ...bucket.settings(), delivery: "at_least_once", path_template: "all" };
  // Each was the only topic of the connector at its time.
  for (const topic of ["x1", "x2", "x1"]) {
    const { sink } = await startSink(t, settings, [{ stream: "s", topics: [topic], pattern: false }]);
    const ref = { stream: "s", topic, partition: 0 };
    await sink.consume(batchOf(records(0, 5), { ref }), { signal, attempt: 1 });
    await flush(sink);
  }
  const key = `all/00000-${"0".repeat(20)}${ended(4)}`;
  assert.deepEqual(await bucket.keys(), [`${key}-r1.jsonl`, `${key}.jsonl`]);
  await bucket.put(`all/00000-${"5".padStart(20, "0")}${ended(6)}.jsonl`, "of somebody else");
  const { sink } = await startSink(t, settings);
  await consume(sink, 5, 7);
  await flush(sink);
  assert.match(await bucket.text(), /of somebody else/);
  assert.equal((await bucket.keys()).length, 4);
});

test("replayed dead letters have objects of their own in the folders of their origin, and move no offset", {
  skip,
}, async (t) => {
  for (const delivery of ["auto", "at_least_once"]) {
    const bucket = await TestBucket.create(server);
    const settings = { ...bucket.settings(), delivery };
    const live = await startSink(t, settings);
    await live.sink.committed(TEST_PARTITION);
    await consume(live.sink, 0, 3);
    await consume(live.sink, 4, 8);
    await flush(live.sink);
    const stored = await live.sink.committed(TEST_PARTITION);
    const again = await startSink(t, settings);
    const ref = { ...TEST_PARTITION, replay: true } as const;
    const replay = async (offset: number, payload = `{"n":${offset}}`) => {
      assert.equal(await again.sink.committed(ref), undefined);
      await again.sink.consume(batchOf([payload], { firstOffset: BigInt(offset), ref }), { signal, attempt: 1 });
      await flush(again.sink);
    };
    await replay(9);
    await replay(3);
    // Corrected by a transform: the same letter replaces its object.
    await replay(3, '{"n":"three"}');
    const lines = (await bucket.text())
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line));
    assert.deepEqual(lines.map(({ offset }) => offset).sort(), [0, 1, 2, 3, 4, 5, 6, 7, 9]);
    assert.equal(lines.find(({ offset }) => offset === 3).payload.n, "three");
    const object = await bucket.get(name(3, ended(3)));
    assert.deepEqual(
      [object.metadata["iggy-topic"], object.metadata["iggy-first-offset"], object.metadata["iggy-replayed"]],
      ["created", "3", "true"],
    );
    assert.deepEqual(await live.sink.committed(TEST_PARTITION), stored);
    await consume(live.sink, 10, 12);
    await flush(live.sink);
    // The letter of a topic that was created again has the same place, but is another message.
    const batch = batchOf(['{"n":"other"}'], { firstOffset: 3n, ref });
    Object.defineProperty(batch, "timestamp", { value: () => 1_700_000_000_000_900 });
    await again.sink.consume(batch, { signal, attempt: 1 });
    await flush(again.sink);
    const kept = await bucket.text();
    assert.ok(kept.includes('"three"') && kept.includes('"other"'));
  }
});

test("large objects are uploaded in parts, once, and reach as far as they say", { skip }, async (t) => {
  const bucket = await TestBucket.create(server);
  const settings = { ...bucket.settings(), part_size: "5MiB", max_file_size: "64MiB", compression: "none" };
  const large = "x".repeat(1024 * 1024);
  const payloads = Array.from({ length: 12 }, (_, n) => JSON.stringify({ n, large }));
  const first = await startSink(t, settings);
  const second = await startSink(t, settings);
  for (const { sink } of [first, second]) {
    await sink.committed(TEST_PARTITION);
    await sink.consume(batchOf(payloads), { signal, attempt: 1 });
  }
  await flush(first.sink);
  await flush(second.sink);
  const [object, ...others] = await bucket.objects();
  assert.deepEqual(others, []);
  assert.equal(object?.metadata["iggy-last-offset"], "11");
  assert.deepEqual(
    object?.body
      .toString()
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line).payload.n),
    range(0, 12),
  );
  assert.deepEqual(await bucket.openUploads(), []);
});

test("another writer's object with the name of an own one stops the connector before anything is left out", {
  skip,
}, async (t) => {
  const bucket = await TestBucket.create(server);
  await bucket.put(name(0), "mine");
  const { sink } = await startSink(t, bucket.settings());
  await sink.committed(TEST_PARTITION);
  await consume(sink, 0, 3);
  await assert.rejects(flush(sink), (error) => isFatal(error) && error.code === "IGC_SINK_S3_NAME_TAKEN");
  // Another template is enough to continue: the offset object names what was never written.
  const corrected = await startSink(t, { ...bucket.settings(), path_template: "mine/{stream}" });
  assert.equal(await committed(corrected.sink), undefined);
  await consume(corrected.sink, 0, 3);
  await flush(corrected.sink);
  assert.deepEqual(await bucket.keys("mine/"), ["mine/orders/00000-00000000000000000000.jsonl"]);
});

test("invariant 6: a message that cannot be written is rejected alone", { skip }, async (t) => {
  const bucket = await TestBucket.create(server);
  const { sink } = await startSink(t, { ...bucket.settings(), output_format: "text" });
  await sink.committed(TEST_PARTITION);
  const batch = batchOf(["one", "t\nwo", "three"], { schema: "text" });
  const { rejected = [] } = await sink.consume(batch, { signal, attempt: 1 });
  assert.deepEqual(
    rejected.map(({ offset }) => offset),
    [1n],
  );
  await flush(sink);
  assert.equal(await bucket.text(), "one\nthree\n");
  // The object reaches to its last message, over the one that is missing.
  assert.equal(await committed(sink), 2n);
});

test("a chain continues in another format and folder, also after a crash between object and offset", {
  skip,
}, async (t) => {
  const bucket = await TestBucket.create(server);
  const before = await startSink(t, bucket.settings());
  await before.sink.committed(TEST_PARTITION);
  await consume(before.sink, 0, 5);
  await flush(before.sink);
  const changed = { ...bucket.settings(), path_template: "{topic}", output_format: "json_array", compression: "gzip" };
  const after_ = await startSink(t, changed);
  assert.equal(await committed(after_.sink), 4n);
  await consume(after_.sink, 0, 8);
  await flush(after_.sink);
  assert.deepEqual(await bucket.keys(), [`created/00000-${"5".padStart(20, "0")}.json.gz`, name(0)]);
});

test("a damaged offset object stops the connector", { skip }, async (t) => {
  const bucket = await TestBucket.create(server);
  await bucket.put(".iggy-connectors/test/orders/created/0.json", '{"version":1,"through":"12"');
  const { sink } = await startSink(t, bucket.settings());
  await assert.rejects(
    sink.committed(TEST_PARTITION),
    (error) => isFatal(error) && error.code === "IGC_SINK_S3_LEDGER",
  );
});

test("concurrent batches of one partition are refused", { skip }, async (t) => {
  const bucket = await TestBucket.create(server);
  const { sink } = await startSink(t, bucket.settings());
  const taken = consume(sink, 0, 3);
  await assert.rejects(consume(sink, 3, 6), (error) => isFatal(error) && error.code === "IGC_SINK_S3_ORDER");
  await taken;
});
