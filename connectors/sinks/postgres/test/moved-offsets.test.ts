import assert from "node:assert/strict";
import { test } from "node:test";
import { CommittedOffsetMovedError, type ConnectorError, type PartitionRef } from "@iggy-connectors/sdk";
import { postgresMissing } from "@iggy-connectors/test-support";
import { batchOf, recordingContext, TEST_PARTITION } from "@iggy-connectors/testing";
import { poorUser } from "./poor-user.ts";
import { consume, database, SIGNAL, type TestDatabase } from "./setup.ts";

const options = { skip: postgresMissing() };
const KEYLESS = { key: [], payload_format: "json" };
const FIRST: PartitionRef = { ...TEST_PARTITION, history: "first" };
const SECOND: PartitionRef = { ...TEST_PARTITION, history: "second" };

const batch = (from: number, to: number, ref: PartitionRef = TEST_PARTITION) =>
  batchOf(
    Array.from({ length: to - from }, (_, index) => `{"n":${from + index}}`),
    { firstOffset: BigInt(from), ref },
  );
const offsets = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => String(from + index));
const moved = (message: RegExp) => (error: unknown) =>
  error instanceof CommittedOffsetMovedError && message.test((error as ConnectorError).message);

const SET = "UPDATE iggy_connector_offsets SET last_offset =";

/** What a restored backup does. */
async function goBack(db: TestDatabase, last: number): Promise<void> {
  await db.rows(`DELETE FROM messages WHERE iggy_offset > ${last}; ${SET} ${last}`);
}

test("a record that went back while the sink runs is noticed, and nothing between is left out", options, async (t) => {
  const db = await database(t);
  const sink = await db.open(KEYLESS);
  await sink.committed(TEST_PARTITION);
  await consume(sink, batch(0, 10));
  await goBack(db, 5);
  await assert.rejects(consume(sink, batch(10, 12)), moved(/is 5, and was 9/));
  assert.deepEqual(await db.column("iggy_offset"), offsets(0, 6), "nothing of the batch is written");
  assert.equal((await sink.committed(TEST_PARTITION))?.offset, 5n);
  await consume(sink, batch(6, 12));
  assert.deepEqual(await db.column("iggy_offset"), offsets(0, 12));
});

for (const [what, sql, found, next] of [
  ["the row is gone", "DELETE FROM iggy_connector_offsets", undefined, 0],
  ["the table is emptied", "TRUNCATE iggy_connector_offsets", undefined, 0],
  [
    "the row is one that an earlier run wrote",
    `${SET} 3, writer = 'earlier', updated_at = now() - interval '1 h'`,
    3n,
    4,
  ],
  ["an operator set it ahead", `${SET} 50`, 50n, 51],
  ["an operator emptied it", `${SET} NULL, writer = NULL`, undefined, 0],
  ["it counts in a history that is gone", `${SET} 9, history = 'zeroth'`, 9n, 10],
] as const) {
  test(`a record that is another one is noticed: ${what}`, options, async (t) => {
    const db = await database(t);
    const sink = await db.open(KEYLESS);
    await consume(sink, batch(0, 10, FIRST));
    await db.rows(sql);
    await assert.rejects(consume(sink, batch(10, 12, FIRST)), CommittedOffsetMovedError);
    await assert.rejects(sink.ended(FIRST, 11n), CommittedOffsetMovedError);
    assert.equal((await sink.committed(FIRST))?.offset, found);
    await consume(sink, batch(next, next + 2, FIRST));
    assert.equal((await sink.committed(FIRST))?.offset, BigInt(next + 1));
  });
}

test("a record that went back between the start and the first batch is noticed", options, async (t) => {
  const db = await database(t);
  await consume(await db.open(KEYLESS), batch(0, 10));
  const sink = await db.open(KEYLESS);
  assert.equal((await sink.committed(TEST_PARTITION))?.offset, 9n);
  await goBack(db, 5);
  await assert.rejects(consume(sink, batch(10, 12)), moved(/is 5, and was 9/));
});

test("asking for the record does not take the partition over, and keeps what was taken over", options, async (t) => {
  const db = await database(t);
  const sink = await db.open(KEYLESS);
  await consume(sink, batch(0, 2));
  await (await db.open(KEYLESS)).committed(TEST_PARTITION);
  assert.equal((await sink.committed(TEST_PARTITION))?.offset, 1n);
  await goBack(db, 0);
  await assert.rejects(consume(sink, batch(2, 3)), moved(/is 0, and was 1/));
});

test("a topic that was created again starts again: its record replaces the one of the former", options, async (t) => {
  const db = await database(t);
  const sink = await db.open(KEYLESS);
  await consume(sink, batch(0, 100, FIRST));
  const last = await sink.committed(FIRST);
  assert.deepEqual(last, { offset: 99n, history: "first", timestamp: 1_700_000_000_000_099 });

  // The runtime compares the histories, and reads the new one from its beginning.
  const restarted = await db.open(KEYLESS);
  assert.equal((await restarted.committed(SECOND))?.history, "first");
  await consume(restarted, batch(0, 50, SECOND));
  assert.deepEqual(await restarted.committed(SECOND), {
    offset: 49n,
    history: "second",
    timestamp: 1_700_000_000_000_049,
  });
  assert.equal((await db.column("iggy_offset")).length, 150);

  // While it runs.
  await consume(restarted, batch(0, 10, FIRST));
  await consume(restarted, batch(10, 20, FIRST));
  assert.equal((await db.column("iggy_offset")).length, 170);

  // As an operator's reset does it.
  await restarted.reset(SECOND, 5n);
  assert.deepEqual(await restarted.committed(SECOND), { offset: 4n, history: "second", timestamp: undefined });
  await consume(restarted, batch(5, 8, SECOND));
  assert.equal((await db.column("iggy_offset")).length, 173);
});

test("rejected messages of a history that is gone are none of the next one", options, async (t) => {
  const db = await database(t);
  const sink = await db.open(KEYLESS);
  const bad = batchOf(["1", '"\\u0000"', "3"], { ref: FIRST, firstOffset: 10n });
  assert.equal((await consume(sink, bad)).rejected?.length, 1);
  assert.deepEqual(await sink.committed(FIRST), { offset: 10n, history: "first" });
  await consume(sink, batch(0, 5, SECOND));
  assert.equal((await sink.committed(SECOND))?.offset, 4n);
});

test("messages that ended without the sink are recorded", options, async (t) => {
  const db = await database(t);
  const sink = await db.open(KEYLESS);
  await sink.committed(FIRST);
  await sink.ended(FIRST, 4n);
  assert.deepEqual(await sink.committed(FIRST), { offset: 4n, history: "first", timestamp: undefined });
  const bad = batchOf(["1", '"\\u0000"', "3"], { ref: FIRST, firstOffset: 5n });
  await consume(sink, bad);
  assert.equal((await sink.committed(FIRST))?.offset, 5n);
  await sink.ended(FIRST, 7n);
  assert.equal((await sink.committed(FIRST))?.offset, 7n, "its dead letter is written");
  await sink.ended(FIRST, 20n);
  await sink.ended(FIRST, 19n);
  assert.equal((await sink.committed(FIRST))?.offset, 20n);
  await consume(sink, batch(21, 23, FIRST));
  assert.equal((await sink.committed(FIRST))?.offset, 22n);
});

const FORMER_TABLE = `CREATE TABLE iggy_connector_offsets (connector text NOT NULL, stream text NOT NULL, topic text NOT NULL,
 partition_id integer NOT NULL, last_offset numeric(20,0), pending numeric(20,0)[] NOT NULL DEFAULT '{}', writer text,
 updated_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (connector, stream, topic, partition_id));
 INSERT INTO iggy_connector_offsets VALUES ('test', 'orders', 'created', 0, 3)`;

test("a table of an earlier version gets the columns, and its rows are adopted", options, async (t) => {
  const db = await database(t);
  await db.rows(FORMER_TABLE);
  const sink = await db.open(KEYLESS);
  assert.deepEqual(await sink.committed(FIRST), { offset: 3n, history: undefined, timestamp: undefined });
  await consume(sink, batch(2, 6, FIRST));
  assert.deepEqual(await db.column("iggy_offset"), ["4", "5"]);
  assert.equal((await sink.committed(FIRST))?.history, "first");
});

test("a table of an earlier version that may not be changed works, with a warning", options, async (t) => {
  const db = await database(t);
  await db.rows(FORMER_TABLE);
  await db.open({ ...KEYLESS, offsets: "iggy" });
  await using user = await poorUser(db);
  await db.rows(`GRANT ALL ON messages, iggy_connector_offsets TO "${user.name}"`);
  const settings = { ...KEYLESS, connection_string: user.connection_string };
  const context = recordingContext("/");
  const sink = await db.open(settings, context);
  assert.match(context.lines.join("\n"), /warn: .*history and last_timestamp cannot be added/);
  await consume(sink, batch(2, 6, FIRST));
  await consume(sink, batch(6, 8, FIRST));
  assert.deepEqual(await db.column("iggy_offset"), offsets(4, 8));
  const { findings } = await sink.check({ signal: SIGNAL });
  assert.deepEqual(
    findings.map(({ level, message }) => [level, /has no column history, last_timestamp/.test(message)]),
    [["warning", true]],
  );
});
