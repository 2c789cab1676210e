import assert from "node:assert/strict";
import { test } from "node:test";
import { FatalError, RetryableError } from "@iggy-connectors/sdk";
import { postgresMissing } from "@iggy-connectors/test-support";
import { batchOf, TEST_PARTITION } from "@iggy-connectors/testing";
import { LosingRelay } from "./losing-relay.ts";
import { consume, database, reasons, SIGNAL } from "./setup.ts";

const options = { skip: postgresMissing() };

/** Payloads of offsets `from` … `to` − 1, and the batch of them. */
const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => `{"n":${from + index}}`);
const batch = (from: number, to: number, payloads = numbers(from, to)) =>
  batchOf(payloads, { firstOffset: BigInt(from) });
/** Ids of test batches start again with each batch: messages are identified by their offset here. */
const KEYLESS = { key: [], payload_format: "json" };
const offsets = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => String(from + index));

test("rows and offset are written together, and what is there is not written again", options, async (t) => {
  const db = await database(t);
  const sink = await db.open(KEYLESS);
  assert.equal((await sink.committed(TEST_PARTITION))?.offset, undefined);
  await consume(sink, batch(0, 4));
  assert.equal((await sink.committed(TEST_PARTITION))?.offset, 3n);
  await consume(sink, batch(0, 4));
  await consume(sink, batch(2, 6));
  await consume(sink, batch(6, 8));
  assert.deepEqual(await db.column("iggy_offset"), offsets(0, 8));

  const restarted = await db.open(KEYLESS);
  assert.equal((await restarted.committed(TEST_PARTITION))?.offset, 7n);
  await consume(restarted, batch(5, 10));
  assert.deepEqual(await db.column("iggy_offset"), offsets(0, 10));
});

test("partitions, topics and connectors have offsets of their own", options, async (t) => {
  const db = await database(t);
  const sink = await db.open(KEYLESS);
  const other = { ...TEST_PARTITION, topic: "o'ther", partition: 7 };
  await consume(sink, batch(0, 2));
  await consume(sink, batchOf(numbers(0, 3), { ref: other, firstOffset: 40n }));
  assert.equal((await sink.committed(TEST_PARTITION))?.offset, 1n);
  assert.equal((await sink.committed(other))?.offset, 42n);
});

test("a transaction that fails leaves neither rows nor offset", options, async (t) => {
  const db = await database(t);
  const sink = await db.open({ ...KEYLESS, max_retries: 1 });
  await consume(sink, batch(0, 2));
  await db.rows(
    "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'busy' USING ERRCODE = '40001'; END $$",
  );
  await db.rows("CREATE TRIGGER fail BEFORE UPDATE ON iggy_connector_offsets EXECUTE FUNCTION fail()");
  await assert.rejects(
    consume(sink, batch(2, 4)),
    (error) => error instanceof RetryableError && /busy \(40001\)/.test(error.message),
  );
  assert.deepEqual(await db.column("iggy_offset"), offsets(0, 2));
  await db.rows("DROP TRIGGER fail ON iggy_connector_offsets");
  await consume(sink, batch(2, 4));
  assert.deepEqual(await db.column("iggy_offset"), offsets(0, 4));
});

test("a commit whose response was lost is not repeated, nor taken for a record that was moved", options, async (t) => {
  const db = await database(t);
  await using relay = await LosingRelay.start(db.url);
  const sink = await db.open({ ...KEYLESS, connection_string: relay.url, max_retries: 1 });
  await consume(sink, batch(0, 2));
  for (let from = 2; from < 6; from += 2) {
    relay.loseNextCommit();
    await assert.rejects(consume(sink, batch(from, from + 2)), RetryableError);
    await consume(sink, batch(from, from + 2));
  }
  // It may come again within another batch.
  relay.loseNextCommit();
  await assert.rejects(consume(sink, batch(6, 8)), RetryableError);
  await consume(sink, batch(7, 10));
  assert.deepEqual(await db.column("iggy_offset"), offsets(0, 10));
});

test("a stale writer fails, also before it knows that it lost the partition", options, async (t) => {
  const db = await database(t);
  const stale = await db.open(KEYLESS);
  await stale.committed(TEST_PARTITION);
  await consume(stale, batch(0, 2));
  const heir = await db.open(KEYLESS);
  assert.equal((await heir.committed(TEST_PARTITION))?.offset, 1n);
  // Reading the offset takes nothing over; only the first write of the new run does.
  await consume(stale, batch(2, 3));
  await consume(heir, batch(2, 5));
  assert.deepEqual(await db.column("iggy_offset"), offsets(0, 5));
  for (const late of [batch(3, 6), batch(5, 6)]) {
    await assert.rejects(
      consume(stale, late),
      (error) =>
        error instanceof RetryableError &&
        error.code === "IGC_SINK_POSTGRES_FENCED" &&
        /another run of this connector has taken over orders\/created, partition 0/.test(error.message),
    );
  }
  await consume(heir, batch(5, 6));
  assert.deepEqual(await db.column("iggy_offset"), offsets(0, 6));
  // When the partition is assigned again, it continues where the other run ended.
  assert.equal((await stale.committed(TEST_PARTITION))?.offset, 5n);
  await consume(stale, batch(4, 8));
  assert.deepEqual(await db.column("iggy_offset"), offsets(0, 8));
});

test("concurrent writers never write a message twice", options, async (t) => {
  const db = await database(t);
  const sinks = await Promise.all([db.open(KEYLESS), db.open(KEYLESS)]);
  await Promise.all(sinks.map((sink) => sink.committed(TEST_PARTITION)));
  for (let from = 0; from < 40; from += 4) {
    await Promise.allSettled(sinks.map((sink) => consume(sink, batch(from, from + 8))));
  }
  assert.deepEqual(await db.column("iggy_offset"), offsets(0, 44));
});

test(
  "a rejected message is delivered again until a later batch shows that its dead letter was written",
  options,
  async (t) => {
    const db = await database(t);
    const settings = { ...KEYLESS };
    const sink = await db.open(settings);
    const bad = (from: number, to: number, ...at: number[]) =>
      batch(
        from,
        to,
        numbers(from, to).map((text, index) => (at.includes(from + index) ? '{"n":"\\u0000"}' : text)),
      );
    await consume(sink, batch(0, 2));
    const first = await consume(sink, bad(2, 8, 4, 6));
    assert.deepEqual(
      first.rejected?.map(({ offset }) => offset),
      [4n, 6n],
    );
    assert.match(reasons(first).join(), /22P05/);

    // Killed here, its dead letters may not be there: it begins before the first of them, and rejects them again.
    const restarted = await db.open(settings);
    assert.equal((await restarted.committed(TEST_PARTITION))?.offset, 3n);
    const again = await consume(restarted, bad(4, 10, 4, 6));
    assert.deepEqual(
      again.rejected?.map(({ offset }) => offset),
      [4n, 6n],
    );
    assert.deepEqual(await db.column("iggy_offset"), [...offsets(0, 4), "5", ...offsets(7, 10)]);
    assert.equal((await restarted.committed(TEST_PARTITION))?.offset, 3n);
    await consume(restarted, batch(10, 11));
    assert.equal((await restarted.committed(TEST_PARTITION))?.offset, 10n);

    // What is accepted when it comes again is written, once.
    await consume(restarted, bad(11, 14, 12));
    const third = await db.open(settings);
    assert.equal((await third.committed(TEST_PARTITION))?.offset, 11n);
    assert.deepEqual(await consume(third, batch(12, 14)), { rejected: [] });
    assert.deepEqual((await db.column("iggy_offset")).slice(-3), ["11", "12", "13"]);
  },
);

test("when the first messages are rejected, nothing counts as committed", options, async (t) => {
  const db = await database(t);
  const sink = await db.open(KEYLESS);
  await consume(sink, batch(0, 2, ['"\\u0000"', "1"]));
  assert.equal((await sink.committed(TEST_PARTITION))?.offset, undefined);
});

test("an operator's reset moves the offset, forth and back", options, async (t) => {
  const db = await database(t);
  const sink = await db.open(KEYLESS);
  await consume(sink, batch(0, 6));
  await sink.reset(TEST_PARTITION, 3n);
  assert.equal((await sink.committed(TEST_PARTITION))?.offset, 2n);
  await consume(sink, batch(3, 5));
  assert.deepEqual(await db.column("iggy_offset"), ["0", "1", "2", "3", "3", "4", "4", "5"]);
  await sink.reset(TEST_PARTITION, 0n);
  assert.equal((await sink.committed(TEST_PARTITION))?.offset, undefined);
  await sink.reset({ ...TEST_PARTITION, partition: 1 }, 100n);
  assert.equal((await sink.committed({ ...TEST_PARTITION, partition: 1 }))?.offset, 99n);
});

test("concurrent batches of a partition are refused", options, async (t) => {
  const db = await database(t);
  const sink = await db.open(KEYLESS);
  const one = consume(sink, batch(0, 2));
  await assert.rejects(
    consume(sink, batch(2, 4)),
    (error) => error instanceof FatalError && error.place === "max_in_flight",
  );
  await one;
  await consume(sink, batch(2, 4));
  assert.deepEqual(await db.column("iggy_offset"), offsets(0, 4));
});

test(
  'with offsets = "iggy" the database stores none, and the log says that delivery is at least once',
  options,
  async (t) => {
    const db = await database(t);
    const sink = await db.open({ ...KEYLESS, offsets: "iggy" });
    await consume(sink, batch(0, 2));
    await consume(sink, batch(0, 2));
    assert.equal((await sink.committed(TEST_PARTITION))?.offset, undefined);
    await sink.reset(TEST_PARTITION, 0n);
    assert.deepEqual(await db.column("iggy_offset"), ["0", "0", "1", "1"]);
    assert.deepEqual(await db.rows("SELECT to_regclass('iggy_connector_offsets') AS found"), [{ found: null }]);
    const { findings } = await sink.check({ signal: SIGNAL });
    assert.deepEqual(
      findings.map(({ level, message }) => [level, /at least once/.test(message)]),
      [["warning", true]],
    );
  },
);
