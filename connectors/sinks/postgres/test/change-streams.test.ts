import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { PartitionRef } from "@iggy-connectors/sdk";
import { postgresMissing } from "@iggy-connectors/test-support";
import { batchOf, TEST_PARTITION } from "@iggy-connectors/testing";
import { consume, database, reasons, SIGNAL, type TestDatabase } from "./setup.ts";

const BARE = { include_metadata: false, include_checksum: false, include_origin_timestamp: false };
const UPSERT = { layout: "columns", auto_create_table: false, insert_mode: "upsert", key: ["k"], max_retries: 1 };
const json = (rows: readonly unknown[], firstOffset = 0, ref: PartitionRef = TEST_PARTITION) =>
  batchOf(
    rows.map((row) => JSON.stringify(row)),
    { firstOffset: BigInt(firstOffset), ref },
  );
const all = (db: TestDatabase, columns = "*") => db.rows(`SELECT ${columns} FROM messages ORDER BY k`);

describe("upserts of messages that lack fields", { skip: postgresMissing() }, () => {
  it("keep what they do not say, if configured, also within a batch", async (t) => {
    const db = await database(t);
    await db.rows("CREATE TABLE messages (k int PRIMARY KEY, a text, b text, c text DEFAULT 'c')");
    await db.rows("INSERT INTO messages VALUES (1, 'a1', 'b1', 'c1'), (2, 'a2', 'b2', 'c2')");
    const sink = await db.open({ ...UPSERT, ...BARE, missing_fields: "keep" });
    await consume(
      sink,
      json([{ k: 1, a: "A" }, { k: 1, b: "B" }, { k: 2, b: null }, { k: 3, a: "new" }, { k: 3, b: "too" }, { k: 4 }]),
    );
    assert.deepEqual(await all(db), [
      { k: 1, a: "A", b: "B", c: "c1" },
      { k: 2, a: "a2", b: null, c: "c2" },
      { k: 3, a: "new", b: "too", c: "c" },
      { k: 4, a: null, b: null, c: "c" },
    ]);
  });

  it("clear it by default, but for columns with a default", async (t) => {
    const db = await database(t);
    await db.rows("CREATE TABLE messages (k int PRIMARY KEY, a text, c text DEFAULT 'c')");
    await db.rows("INSERT INTO messages VALUES (1, 'a1', 'c1'), (2, 'a2', 'c2')");
    const sink = await db.open({ ...UPSERT, ...BARE });
    await consume(sink, json([{ k: 1 }, { k: 2, c: "C" }, { k: 3, c: null }, { k: 5 }]));
    assert.deepEqual(await all(db), [
      { k: 1, a: null, c: "c1" },
      { k: 2, a: null, c: "C" },
      { k: 3, a: null, c: null },
      { k: 5, a: null, c: "c" },
    ]);
  });

  it("know the same key in another spelling", async (t) => {
    const db = await database(t);
    await db.rows(
      "CREATE EXTENSION citext; CREATE TABLE messages (k citext, n numeric, a text, b text, PRIMARY KEY (k, n))",
    );
    const sink = await db.open({ ...UPSERT, ...BARE, key: ["k", "n"], missing_fields: "keep" });
    await consume(
      sink,
      json([
        { k: "x", n: 1, a: "1" },
        { k: "X", n: "1.0", b: "2" },
        { k: "x", n: 2, a: "3" },
      ]),
    );
    await consume(
      sink,
      json(
        [
          { k: "X", n: "1.00", a: "4" },
          { k: "y", n: 1, b: "5" },
        ],
        3,
      ),
    );
    assert.deepEqual(await db.rows("SELECT k, a, b FROM messages ORDER BY k, n"), [
      { k: "X", a: "4", b: "2" },
      { k: "x", a: "3", b: null },
      { k: "y", a: null, b: "5" },
    ]);
  });
});

describe("change events", { skip: postgresMissing() }, () => {
  const EVENTS = { ...UPSERT, ...BARE, changes: "events" };

  it("are applied in their order", async (t) => {
    const db = await database(t);
    await db.rows("CREATE TABLE messages (k int PRIMARY KEY, v text)");
    await db.rows("INSERT INTO messages SELECT n, 'old' FROM generate_series(1, 9) n");
    const sink = await db.open(EVENTS);
    const result = await consume(
      sink,
      json([
        { op: "c", before: null, after: { k: 20, v: "new" } },
        { op: "u", before: { k: 1, v: "old" }, after: { k: 1, v: "updated" } },
        { op: "d", before: { k: 2 }, after: null },
        null,
        { payload: { op: "d", before: { k: 3, v: "old" }, after: null }, schema: {} },
        { k: 4, v: "gone", __deleted: true },
        { k: 5, __deleted: "true" },
        { k: 6, __op: "d" },
        { k: 7, v: "row", __deleted: "false", __op: "u" },
        { op: "u", before: { k: 8, v: "old" }, after: { k: 80, v: "moved" } },
        { op: "d", before: { k: 9 }, after: null },
        { op: "c", before: null, after: { k: 9, v: "again" } },
        { op: "m", message: {} },
        { op: "r", after: { k: 30, v: "read" } },
        { op: "d", before: { k: 30 } },
      ]),
    );
    assert.deepEqual(result, { rejected: [] });
    assert.deepEqual(await all(db), [
      { k: 1, v: "updated" },
      { k: 7, v: "row" },
      { k: 9, v: "again" },
      { k: 20, v: "new" },
      { k: 80, v: "moved" },
    ]);
  });

  it("that cannot be applied are rejected, and all others are", async (t) => {
    const db = await database(t);
    await db.rows("CREATE TABLE messages (k int PRIMARY KEY, v varchar(3))");
    const sink = await db.open(EVENTS);
    const result = await consume(
      sink,
      json([
        { op: "c", after: { k: 1, v: "a" } },
        { op: "d", before: null },
        { op: "d", before: { v: "no key" } },
        { op: "u", before: null, after: null },
        { op: "x", after: {} },
        { op: "t" },
        { op: "c", after: { k: 2, v: "long" } },
        { op: "u", before: { k: 1 }, after: { k: 3, v: "long" } },
        { op: "c", after: { k: 4, v: "b" } },
        5,
      ]),
    );
    assert.deepEqual(
      new Set(result.rejected?.map(({ offset }) => Number(offset))),
      new Set([1, 2, 3, 4, 5, 6, 7, 9]),
      reasons(result).join("\n"),
    );
    assert.deepEqual(
      await all(db),
      [
        { k: 1, v: "a" },
        { k: 4, v: "b" },
      ],
      "an update of a key is applied as a whole or not at all",
    );
  });

  it("that empty the table do, or do not, as configured", async (t) => {
    const db = await database(t);
    await db.rows("CREATE TABLE messages (k int PRIMARY KEY, v text)");
    await db.rows("INSERT INTO messages VALUES (1, 'old')");
    const events = [{ k: 2, v: "before" }, { op: "t" }, { k: 3, v: "after" }, { k: 4, __op: "t" }, { op: "t" }];
    await consume(await db.open({ ...EVENTS, truncates: "ignore", offsets: "iggy" }), json(events));
    assert.deepEqual(await db.column("k", "messages", "k"), [1, 2, 3]);
    await consume(await db.open({ ...EVENTS, truncates: "apply", offsets: "iggy" }), json(events.slice(0, 3)));
    assert.deepEqual(await db.column("k", "messages", "k"), [3]);
    await consume(await db.open({ ...EVENTS, truncates: "apply", offsets: "iggy" }), json(events));
    assert.deepEqual(await db.column("k", "messages", "k"), []);
  });
});

describe("an older message", { skip: postgresMissing() }, () => {
  const TABLE = `CREATE TABLE messages (k int PRIMARY KEY, v text, iggy_offset bigint, iggy_timestamp timestamptz, iggy_stream text,
    iggy_topic text, iggy_partition_id int)`;

  for (const more of [{}, { missing_fields: "keep" }, { changes: "events" }]) {
    it(`never replaces the row of a newer one, ${JSON.stringify(more)}`, async (t) => {
      const db = await database(t);
      await db.rows(TABLE);
      const sink = await db.open({ ...UPSERT, offsets: "iggy", ...more });
      await consume(
        sink,
        json(
          [
            { k: 1, v: "new" },
            { k: 2, v: "new" },
          ],
          10,
        ),
      );
      // What was consumed before, and is written once more.
      assert.deepEqual(
        await consume(
          sink,
          json(
            [
              { k: 1, v: "old" },
              { k: 3, v: "old" },
            ],
            5,
          ),
        ),
        { rejected: [] },
      );
      await consume(sink, json([{ k: 2, v: "newer" }], 11));
      assert.deepEqual(await all(db, "k, v, iggy_offset"), [
        { k: 1, v: "new", iggy_offset: "10" },
        { k: 2, v: "newer", iggy_offset: "11" },
        { k: 3, v: "old", iggy_offset: "6" },
      ]);
    });
  }

  it("does not delete the row of a newer one", async (t) => {
    const db = await database(t);
    await db.rows(TABLE);
    const sink = await db.open({ ...UPSERT, offsets: "iggy", changes: "events" });
    await consume(sink, json([{ k: 1, v: "new" }], 10));
    await consume(sink, json([{ k: 1, __deleted: true }], 5));
    assert.deepEqual(await all(db, "k, v"), [{ k: 1, v: "new" }]);
    await consume(sink, json([{ k: 1, __deleted: true }], 11));
    assert.deepEqual(await all(db, "k, v"), []);
  });

  it("of a topic that was created again, or of another partition, is told by the time", async (t) => {
    const db = await database(t);
    await db.rows(TABLE);
    const sink = await db.open({ ...UPSERT, offsets: "iggy" });
    await consume(
      sink,
      json(
        [
          { k: 1, v: "old" },
          { k: 2, v: "old" },
        ],
        100,
      ),
    );
    await db.rows("UPDATE messages SET iggy_timestamp = iggy_timestamp - interval '1 day'");
    await consume(sink, json([{ k: 1, v: "created again" }], 0));
    await consume(sink, json([{ k: 2, v: "elsewhere" }], 0, { ...TEST_PARTITION, partition: 1 }));
    assert.deepEqual(await db.column("v", "messages", "k"), ["created again", "elsewhere"]);
    await db.rows("UPDATE messages SET iggy_timestamp = iggy_timestamp + interval '1 day'");
    await consume(sink, json([{ k: 2, v: "late" }], 500, { ...TEST_PARTITION, partition: 2 }));
    assert.deepEqual(await db.column("v", "messages", "k"), ["created again", "elsewhere"]);
  });

  it("is told by a column of the table, if configured", async (t) => {
    const db = await database(t);
    await db.rows("CREATE TABLE messages (k int PRIMARY KEY, v text, at timestamptz)");
    const sink = await db.open({ ...UPSERT, ...BARE, version: "at", offsets: "iggy" });
    const row = (v: string, at: string | null) => ({ k: 1, v, at });
    await consume(sink, json([row("b", "2024-05-01T12:00:00Z"), row("a", "2024-05-01T10:00:00Z")]));
    assert.deepEqual(await db.column("v", "messages", "k"), ["b"]);
    await consume(sink, json([row("c", "2024-05-01T12:00:00Z")]));
    await consume(sink, json([row("d", "2024-05-01T11:59:59Z"), row("e", null)]));
    assert.deepEqual(await db.column("v", "messages", "k"), ["c"]);
  });

  it("cannot be told in a table without such columns, and the check says so", async (t) => {
    const db = await database(t);
    await db.rows("CREATE TABLE messages (k int PRIMARY KEY, v text)");
    const { findings } = await db.create({ ...UPSERT, ...BARE }).check({ signal: SIGNAL });
    assert.match(findings.map(({ level, message }) => `${level}: ${message}`).join(), /^warning: .*newer.*replayed/);
    await db.rows("ALTER TABLE messages ADD COLUMN at bigint");
    assert.deepEqual((await db.create({ ...UPSERT, ...BARE, version: "at" }).check({ signal: SIGNAL })).findings, []);
  });
});
