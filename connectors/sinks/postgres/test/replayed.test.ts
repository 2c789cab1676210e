import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { postgresMissing } from "@iggy-connectors/test-support";
import { batchOf, TEST_PARTITION } from "@iggy-connectors/testing";
import { consume, database, reasons, SIGNAL, type TestDatabase } from "./setup.ts";

const UPSERT = { layout: "columns", auto_create_table: false, insert_mode: "upsert", key: ["k"], max_retries: 1 };
const TABLE = `CREATE TABLE messages (k int PRIMARY KEY, v text, iggy_offset bigint, iggy_timestamp timestamptz, iggy_stream text,
  iggy_topic text, iggy_partition_id int)`;
const REPLAY = { ...TEST_PARTITION, replay: true } as const;
/** Microseconds since the Unix epoch. */
const NOON = 1_700_000_000_000_000;

/** Messages with their offsets (the first says where they begin) and seconds since noon. */
type Sent = readonly [offset: number, second: number, row: unknown];

function batch(messages: readonly Sent[], ref = TEST_PARTITION) {
  return batchOf(
    messages.map(([, , row]) => JSON.stringify(row)),
    {
      firstOffset: BigInt(messages[0]![0]),
      timestamps: messages.map(([, second]) => NOON + second * 1_000_000),
      ref,
    },
  );
}

const replay = (messages: readonly Sent[]) => batch(messages, REPLAY);
const values = async (db: TestDatabase) =>
  (await db.rows("SELECT k, v FROM messages ORDER BY k")).map(({ k, v }) => `${k} ${v}`);

describe("a dead letter that is replayed", { skip: postgresMissing() }, () => {
  for (const more of [
    {},
    { missing_fields: "keep" },
    { changes: "events" },
    { offsets: "iggy" },
    { offsets: "iggy", changes: "events", missing_fields: "keep" },
  ]) {
    it(`is compared by its time, whatever history its offset is of, ${JSON.stringify(more)}`, async (t) => {
      const db = await database(t);
      await db.rows(TABLE);
      const sink = await db.open({ ...UPSERT, ...more });
      // Two rows of a former history, then one of the topic that was created again.
      await consume(
        sink,
        batch([
          [90, 10, { k: 1, v: "former" }],
          [91, 11, { k: 2, v: "former" }],
        ]),
      );
      await sink.reset(TEST_PARTITION, 0n);
      await consume(sink, batch([[0, 100, { k: 3, v: "current" }]]));
      const { rejected } = await consume(
        sink,
        replay([
          [1, 101, { k: 1, v: "newer, of the current history" }],
          [2, 9, { k: 2, v: "older, of another one" }],
          [3, 99, { k: 3, v: "older, of a former history" }],
          [4, 98, { k: 4, v: "without a row" }],
        ]),
      );
      assert.deepEqual(rejected, []);
      assert.deepEqual(await values(db), [
        "1 newer, of the current history",
        "2 former",
        "3 current",
        "4 without a row",
      ]);
      assert.deepEqual(
        await db.rows("SELECT iggy_topic, iggy_partition_id, iggy_offset::int FROM messages WHERE k = 4"),
        [{ iggy_topic: "created", iggy_partition_id: 0, iggy_offset: 4 }],
      );
      await consume(sink, batch([[1, 102, { k: 4, v: "consumed" }]]));
      assert.equal((await values(db)).at(-1), "4 consumed");
    });

    it(`wins over another one by its time, not by its offset, ${JSON.stringify(more)}`, async (t) => {
      const db = await database(t);
      await db.rows(TABLE);
      const sink = await db.open({ ...UPSERT, ...more });
      await consume(
        sink,
        replay([
          [3, 50, { k: 1, v: "of the current history" }],
          [4, 20, { k: 1, v: "of a former one" }],
          [5, 20, { k: 2, v: "first" }],
          [6, 20, { k: 2, v: "then, at the same time" }],
        ]),
      );
      assert.deepEqual(await values(db), ["1 of the current history", "2 then, at the same time"]);
    });
  }

  it("replaces its own row when it is replayed again, but not that of a later message of the same moment", async (t) => {
    const db = await database(t);
    await db.rows(TABLE);
    const sink = await db.open(UPSERT);
    await consume(sink, replay([[5, 10, { k: 1, v: "first" }]]));
    await consume(sink, replay([[5, 10, { k: 1, v: "corrected" }]]));
    assert.deepEqual(await values(db), ["1 corrected"]);
    await consume(sink, batch([[6, 10, { k: 1, v: "later" }]]));
    await consume(sink, replay([[5, 10, { k: 1, v: "again" }]]));
    const elsewhere = batch([[9, 10, { k: 1, v: "of another partition" }]], { ...REPLAY, partition: 1 });
    await consume(sink, elsewhere);
    assert.deepEqual(await values(db), ["1 later"]);
  });

  it("neither reads nor moves the offset of its partition", async (t) => {
    const db = await database(t);
    await db.rows(TABLE);
    const sink = await db.open(UPSERT);
    const other = await db.open(UPSERT);
    await consume(sink, batch([[0, 0, { k: 1, v: "consumed" }]]));
    const before = await db.rows("SELECT * FROM iggy_connector_offsets");
    assert.equal(before.length, 1);
    await consume(other, replay([[40, 40, { k: 2, v: "replayed" }]]));
    await consume(other, replay([[20, 20, { k: 3, v: "replayed" }]]));
    assert.equal(await other.committed(REPLAY), undefined);
    await other.reset(REPLAY, 5n);
    await other.ended(REPLAY, 9n);
    assert.deepEqual(await db.rows("SELECT * FROM iggy_connector_offsets"), before);
    await consume(sink, batch([[1, 1, { k: 4, v: "consumed" }]]));
    assert.deepEqual(await values(db), ["1 consumed", "2 replayed", "3 replayed", "4 consumed"]);
  });

  it("deletes the row of an older message only", async (t) => {
    const db = await database(t);
    await db.rows(TABLE);
    const sink = await db.open({ ...UPSERT, changes: "events" });
    const rows = [1, 2, 3].map((k): Sent => [k, 50, { k, v: "row" }]);
    await consume(sink, batch(rows));
    const { rejected } = await consume(
      sink,
      replay([
        [60, 40, { k: 1, __deleted: true }],
        [61, 60, { k: 2, __deleted: true }],
        [62, 40, { op: "u", before: { k: 3 }, after: { k: 4, v: "moved" } }],
      ]),
    );
    assert.deepEqual(rejected, []);
    assert.deepEqual(await values(db), ["1 row", "3 row", "4 moved"]);
  });

  it("is applied in the order of times where it deletes what another one writes", async (t) => {
    const db = await database(t);
    await db.rows(TABLE);
    const sink = await db.open({ ...UPSERT, changes: "events" });
    await consume(
      sink,
      replay([
        [1, 60, { k: 1, v: "written later" }],
        [2, 30, { k: 1, __deleted: true }],
        [3, 30, { k: 2, v: "written" }],
        [4, 70, { k: 2, __deleted: true }],
      ]),
    );
    assert.deepEqual(await values(db), ["1 written later"]);
  });

  it("never empties the table", async (t) => {
    const db = await database(t);
    await db.rows(TABLE);
    const sink = await db.open({ ...UPSERT, changes: "events", truncates: "apply" });
    await consume(sink, batch([[1, 1, { k: 1, v: "row" }]]));
    const result = await consume(sink, replay([[0, 0, { op: "t" }]]));
    assert.deepEqual(reasons(result), ["0: the event empties the table, which may have rows of newer messages"]);
    assert.deepEqual(await values(db), ["1 row"]);
  });

  it("needs no more than the time to be told from a newer message", async (t) => {
    const db = await database(t);
    await db.rows("CREATE TABLE messages (k int PRIMARY KEY, v text, iggy_timestamp timestamptz)");
    const sink = await db.open(UPSERT);
    await consume(
      sink,
      batch([
        [1, 50, { k: 1, v: "row" }],
        [2, 50, { k: 2, v: "row" }],
        [3, 50, { k: 3, v: "row" }],
      ]),
    );
    await consume(
      sink,
      replay([
        [4, 40, { k: 1, v: "older" }],
        [5, 50, { k: 2, v: "of the same time" }],
        [6, 60, { k: 3, v: "newer" }],
      ]),
    );
    assert.deepEqual(await values(db), ["1 row", "2 row", "3 newer"]);
  });

  for (const more of [{}, { missing_fields: "keep" }, { changes: "events" }]) {
    it(`is refused where its row exists and nothing tells which is newer, ${JSON.stringify(more)}`, async (t) => {
      const db = await database(t);
      await db.rows("CREATE TABLE messages (k int PRIMARY KEY, v text DEFAULT 'd', w text DEFAULT 'w')");
      const sink = await db.open({ ...UPSERT, ...more });
      await consume(sink, batch([[1, 1, { k: 1, v: "row", w: "w" }]]));
      const result = await consume(
        sink,
        replay([
          [2, 2, { k: 1, v: "replayed" }],
          [3, 3, { k: 2, v: "replayed" }],
          [4, 4, { k: 2, w: "and again" }],
        ]),
      );
      assert.match(reasons(result).join("\n"), /^2: PostgreSQL: duplicate key value .*\(k\)=\(1\) already exists/);
      const rows = await db.rows("SELECT k, v FROM messages ORDER BY k");
      assert.deepEqual(rows[0], { k: 1, v: "row" });
      assert.equal(rows.length, 2);
      await consume(sink, batch([[9, 9, { k: 2, v: "consumed" }]]));
      assert.deepEqual((await values(db)).at(-1), "2 consumed");
    });
  }

  it("deletes nothing where nothing tells which is newer", async (t) => {
    const db = await database(t);
    await db.rows("CREATE TABLE messages (k int PRIMARY KEY, v text)");
    const sink = await db.open({ ...UPSERT, changes: "events" });
    await consume(sink, batch([[1, 1, { k: 1, v: "row" }]]));
    const result = await consume(sink, replay([[2, 2, { k: 1, __deleted: true }]]));
    assert.match(reasons(result).join("\n"), /^2: the event deletes a row, and no column of the table tells/);
    assert.deepEqual(await values(db), ["1 row"]);
  });

  it("is compared by the column of the table, if configured", async (t) => {
    const db = await database(t);
    await db.rows("CREATE TABLE messages (k int PRIMARY KEY, v text, at int)");
    const sink = await db.open({ ...UPSERT, version: "at" });
    await consume(sink, batch([[1, 1, { k: 1, v: "row", at: 5 }]]));
    await consume(sink, replay([[2, 9, { k: 1, v: "older", at: 4 }]]));
    assert.deepEqual(await values(db), ["1 row"]);
    await consume(sink, replay([[0, 0, { k: 1, v: "newer", at: 6 }]]));
    assert.deepEqual(await values(db), ["1 newer"]);
  });
});

describe("a message that is consumed", { skip: postgresMissing() }, () => {
  it("is newer than that of a lesser offset, also where the broker's clock went back", async (t) => {
    const db = await database(t);
    await db.rows(TABLE);
    const sink = await db.open(UPSERT);
    await consume(sink, batch([[1, 50, { k: 1, v: "before" }]]));
    await consume(sink, batch([[2, 40, { k: 1, v: "after" }]]));
    await consume(
      sink,
      batch([
        [3, 30, { k: 2, v: "before" }],
        [4, 20, { k: 2, v: "after" }],
      ]),
    );
    assert.deepEqual(await values(db), ["1 after", "2 after"]);
  });

  it("is warned of, with dead letters, where nothing tells which is newer", async (t) => {
    const db = await database(t);
    const warnings = async (columns: string) => {
      await db.rows(`CREATE TABLE messages (k int PRIMARY KEY${columns})`);
      const { findings } = await db.create({ ...UPSERT, offsets: "iggy" }).check({ signal: SIGNAL });
      await db.rows("DROP TABLE messages");
      return findings.map(({ message }) => message).filter((message) => message.includes("newer"));
    };
    const [nothing = ""] = await warnings("");
    assert.match(nothing, /consumed again replaces the row .* dead letter that is replayed is refused/);
    const [time = ""] = await warnings(", iggy_timestamp timestamptz");
    assert.match(time, /consumed again replaces the row of a newer one$/);
  });
});
