import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RetryableError, UnclassifiedError } from "@iggy-connectors/sdk";
import { postgresMissing } from "@iggy-connectors/test-support";
import { batchOf } from "@iggy-connectors/testing";
import { poorUser } from "./poor-user.ts";
import { consume, database, reasons, type TestDatabase } from "./setup.ts";

const BARE = { include_metadata: false, include_checksum: false, include_origin_timestamp: false };
const COLUMNS = { layout: "columns", auto_create_table: false, ...BARE, max_retries: 1 };
const rows = (...values: unknown[]) => batchOf(values.map((v) => JSON.stringify({ v })));

/** A trigger that raises `sqlstate` for rows where `condition` holds, or for each statement. */
async function raises(db: TestDatabase, sqlstate: string, each: string, condition = "true"): Promise<void> {
  await db.rows(`CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF ${condition} THEN RAISE EXCEPTION 'refused' USING ERRCODE = '${sqlstate}'; END IF; RETURN NEW; END $$`);
  await db.rows(`CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON messages FOR EACH ${each} EXECUTE FUNCTION refuse()`);
}

describe("what a trigger raises", { skip: postgresMissing() }, () => {
  for (const state of [
    "45000",
    "P0001",
    "P0002",
    "P0004",
    "38000",
    "2F003",
    "U0001",
    "MYERR",
    "XX000",
    "42501",
    "0A000",
  ]) {
    for (const settings of [{}, { method: "insert" }, { insert_mode: "upsert", key: ["v"] }]) {
      it(`${state} for one row is that row's, ${JSON.stringify(settings)}`, async (t) => {
        const db = await database(t);
        await db.rows("CREATE TABLE messages (v int PRIMARY KEY)");
        await raises(db, state, "ROW", "NEW.v = 2");
        const result = await consume(await db.open({ ...COLUMNS, ...settings }), rows(1, 2, 3));
        assert.deepEqual(reasons(result), [`1: PostgreSQL: refused (${state})`]);
        assert.deepEqual(await db.column("v", "messages", "v"), [1, 3]);
      });
    }
  }

  it("for every row may be the table's: nothing is rejected", async (t) => {
    const db = await database(t);
    await db.rows("CREATE TABLE messages (v int PRIMARY KEY)");
    await raises(db, "45000", "ROW");
    const sink = await db.open(COLUMNS);
    for (const batch of [rows(1, 2, 3), rows(1)]) await assert.rejects(consume(sink, batch), UnclassifiedError);
    await db.rows("DROP TRIGGER refuse ON messages");
    assert.deepEqual(await consume(sink, rows(1, 2, 3)), { rejected: [] });
  });

  for (const state of ["45000", "P0001", "23514"]) {
    it(`${state} for the statement is no row's`, async (t) => {
      const db = await database(t);
      await db.rows("CREATE TABLE messages (v int PRIMARY KEY)");
      await raises(db, state, "STATEMENT");
      const sink = await db.open(COLUMNS);
      await assert.rejects(
        consume(sink, rows(1, 2, 3)),
        (error) => error instanceof RetryableError && /whatever the rows are/.test(error.message),
      );
      await db.rows("DROP TRIGGER refuse ON messages");
      assert.deepEqual(await consume(sink, rows(1, 2, 3)), { rejected: [] });
    });
  }
});

describe("conditions of the table are no row's", { skip: postgresMissing() }, () => {
  it("a partition that is missing for all rows, but one row's where others have theirs", async (t) => {
    const db = await database(t);
    await db.rows("CREATE TABLE messages (v int) PARTITION BY RANGE (v)");
    await db.rows("CREATE TABLE small PARTITION OF messages FOR VALUES FROM (0) TO (10)");
    const sink = await db.open(COLUMNS);
    assert.match(reasons(await consume(sink, rows(1, 100, 2))).join(), /^1: PostgreSQL: no partition/);
    await assert.rejects(consume(sink, batchOf(['{"v":20}', '{"v":21}'], { firstOffset: 3n })), UnclassifiedError);
    await db.rows("CREATE TABLE large PARTITION OF messages FOR VALUES FROM (10) TO (100)");
    await consume(sink, batchOf(['{"v":20}', '{"v":21}'], { firstOffset: 3n }));
    assert.deepEqual(await db.column("v", "messages", "v"), [1, 2, 20, 21]);
  });

  it("a sequence that is behind its table, and a column without a default that was added", async (t) => {
    const db = await database(t);
    await db.rows("CREATE TABLE messages (id serial PRIMARY KEY, v int)");
    await db.rows("INSERT INTO messages VALUES (1, 0), (2, 0)");
    const sink = await db.open(COLUMNS);
    // Each attempt moves the sequence on.
    await assert.rejects(consume(sink, rows(7)), UnclassifiedError);
    await consume(sink, rows(7));
    await db.rows("ALTER TABLE messages ADD COLUMN must int; UPDATE messages SET must = 1");
    await db.rows("ALTER TABLE messages ALTER COLUMN must SET NOT NULL");
    const settings = { ...COLUMNS, columns: [{ name: "v", type: "int" }] };
    const named = await db.open({ ...settings, offsets: "iggy" });
    await assert.rejects(consume(named, rows(8)), UnclassifiedError);
  });

  it("a table or a privilege that went while the sink runs: it continues when it is there again", async (t) => {
    const db = await database(t);
    await db.rows("CREATE TABLE messages (v int)");
    await using user = await poorUser(db);
    await db.rows(`GRANT INSERT ON messages TO "${user.name}"`);
    const sink = await db.open({ ...COLUMNS, connection_string: user.connection_string, offsets: "iggy" });
    await consume(sink, rows(1));
    await db.rows(`REVOKE INSERT ON messages FROM "${user.name}"`);
    await assert.rejects(
      consume(sink, rows(2)),
      (error) =>
        error instanceof RetryableError &&
        error.code === "IGC_SINK_POSTGRES_PRIVILEGE" &&
        /grant/.test(error.fix ?? ""),
    );
    await db.rows(`GRANT INSERT ON messages TO "${user.name}"`);
    await consume(sink, rows(2));
    await db.rows("ALTER TABLE messages RENAME TO elsewhere");
    await assert.rejects(consume(sink, rows(3)), RetryableError);
    await db.rows("ALTER TABLE elsewhere RENAME TO messages");
    await consume(sink, rows(3));
    assert.deepEqual(await db.column("v", "messages", "v"), [1, 2, 3]);
  });
});

describe("row-level security", { skip: postgresMissing() }, () => {
  for (const settings of [{}, { insert_mode: "upsert", key: ["v"] }]) {
    it(`refuses a row, and takes the others, ${JSON.stringify(settings)}`, async (t) => {
      const db = await database(t);
      await db.rows("CREATE TABLE messages (v int PRIMARY KEY)");
      await using user = await poorUser(db);
      await db.rows(`GRANT INSERT, SELECT, UPDATE ON messages TO "${user.name}"`);
      const sink = await db.open({
        ...COLUMNS,
        ...settings,
        connection_string: user.connection_string,
        offsets: "iggy",
      });
      await consume(sink, rows(0));
      // Switched on while the sink runs, so that COPY is refused from now on.
      await db.rows("ALTER TABLE messages ENABLE ROW LEVEL SECURITY");
      await db.rows("CREATE POLICY small ON messages USING (true) WITH CHECK (v < 10)");
      const result = await consume(sink, rows(1, 20, 3));
      assert.deepEqual(reasons(result), [
        '1: PostgreSQL: new row violates row-level security policy for table "messages" (42501)',
      ]);
      assert.deepEqual(reasons(await consume(sink, rows(30))).length, 1, "also when it is alone");
      assert.deepEqual(await db.column("v", "messages", "v"), [0, 1, 3]);
    });
  }
});

describe("a view", { skip: postgresMissing() }, () => {
  it("is written to, with the defaults of its table, and checks its rows", async (t) => {
    const db = await database(t);
    await db.rows("CREATE TABLE underlying (id int GENERATED BY DEFAULT AS IDENTITY, v int, d int DEFAULT 7)");
    await db.rows("CREATE VIEW messages AS SELECT * FROM underlying WHERE v < 10 WITH CHECK OPTION");
    const result = await consume(
      await db.open(COLUMNS),
      batchOf(['{"v":1}', '{"v":20}', '{"v":3,"d":null}', '{"id":50,"v":4,"d":8}']),
    );
    assert.match(
      reasons(result).join(),
      /^1: PostgreSQL: new row violates check option for view "messages" \(44000\)$/,
    );
    assert.deepEqual(await db.rows("SELECT v, d, id > 0 AS id FROM messages ORDER BY v"), [
      { v: 1, d: 7, id: true },
      { v: 3, d: null, id: true },
      { v: 4, d: 8, id: true },
    ]);
  });

  it("with an INSTEAD OF trigger does what that does", async (t) => {
    const db = await database(t);
    await db.rows("CREATE TABLE underlying (v int)");
    await db.rows("CREATE VIEW messages AS SELECT v, v + 1 AS more FROM underlying GROUP BY v");
    await db.rows(
      "CREATE FUNCTION route() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO underlying VALUES (NEW.v); RETURN NEW; END $$",
    );
    await db.rows("CREATE TRIGGER route INSTEAD OF INSERT ON messages FOR EACH ROW EXECUTE FUNCTION route()");
    await consume(await db.open(COLUMNS), rows(1, 2));
    assert.deepEqual(await db.column("v", "underlying", "v"), [1, 2]);
  });
});
