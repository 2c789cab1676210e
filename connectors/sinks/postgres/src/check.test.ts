import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { postgresMissing } from "@iggy-connectors/test-support";
import { batchOf } from "@iggy-connectors/testing";
import { poorUser } from "../test/poor-user.ts";
import { consume, database, SIGNAL, type TestDatabase } from "../test/setup.ts";

async function findings(db: TestDatabase, settings: Record<string, unknown> = {}): Promise<string[]> {
  const result = await db.create(settings).check({ signal: SIGNAL });
  return result.findings.map(({ level, message, fix }) => `${level}: ${message} → ${fix}`);
}

describe("the check", { skip: postgresMissing() }, () => {
  it("finds nothing where all is well, and changes nothing", async (t) => {
    const db = await database(t);
    assert.deepEqual(await findings(db), []);
    assert.deepEqual(await db.rows("SELECT to_regclass('messages') AS found"), [{ found: null }]);
    await db.open();
    assert.deepEqual(await findings(db), []);
  });

  it("names tables, schemas, columns and indexes that are missing", async (t) => {
    const db = await database(t);
    assert.deepEqual(await findings(db, { auto_create_table: false }), [
      'error: table "messages" does not exist → create it, or set auto_create_table = true',
    ]);
    assert.deepEqual(await findings(db, { target_schema: "no where" }), [
      'error: schema no where does not exist → CREATE SCHEMA "no where"',
    ]);
    const keyless = { layout: "columns", key: ["k"], insert_mode: "upsert" };
    assert.deepEqual(await findings(db, keyless), [
      "error: key contains k, which is not a column of the table to create → add it to columns, or create the table by hand",
    ]);
    assert.deepEqual(await findings(db, { key: ["iggy_topic", "k"] }), [
      "error: key contains k, which is not a column of the table to create → add it to columns, or create the table by hand",
    ]);
    await db.rows("CREATE TABLE messages (k int, id numeric, payload text)");
    const old = /^warning: "messages" has no column that tells whether a message is newer than a row/;
    const [warning = "", ...others] = await findings(db, keyless);
    assert.match(warning, old);
    assert.deepEqual(others, ['error: "messages" has no unique index on (k) → create it, or correct key']);
    const lacking = await findings(db);
    assert.equal(lacking.length, 8);
    assert.match(
      lacking.join("\n"),
      /column payload of table "messages" is of type text, but payload_format is "bytea"/,
    );
    await db.rows("CREATE UNIQUE INDEX ON messages (k)");
    assert.equal((await findings(db, keyless)).length, 1);
  });

  it("names missing privileges, and the sink fails for the same ones", async (t) => {
    const db = await database(t);
    await using user = await poorUser(db);
    const { name, connection_string } = user;
    assert.deepEqual(await findings(db, { connection_string }), [
      `error: ${name} is not allowed to create the table "messages" → GRANT CREATE ON SCHEMA "public" TO "${name}"`,
      `error: ${name} is not allowed to create the offset table "iggy_connector_offsets" → GRANT CREATE ON SCHEMA "public" TO "${name}"`,
    ]);
    await assert.rejects(db.open({ connection_string }), {
      name: "FatalError",
      code: "IGC_SINK_POSTGRES_PRIVILEGE",
      message: /permission denied for schema public \(42501\)/,
    });

    await db.open();
    const upsert = { connection_string, insert_mode: "upsert" };
    const grants = (await findings(db, upsert)).map((line) => line.replace(/^.* → /, ""));
    assert.deepEqual(grants, [
      `GRANT INSERT ON "messages" TO "${name}"`,
      `GRANT UPDATE ON "messages" TO "${name}"`,
      `GRANT SELECT ON "messages" TO "${name}"`,
      `GRANT SELECT ON "iggy_connector_offsets" TO "${name}"`,
      `GRANT INSERT ON "iggy_connector_offsets" TO "${name}"`,
      `GRANT UPDATE ON "iggy_connector_offsets" TO "${name}"`,
    ]);
    for (const grant of grants) await db.rows(grant);
    assert.deepEqual(await findings(db, upsert), []);
    await consume(await db.open(upsert), batchOf(["{}"]));
    assert.deepEqual(await db.column("iggy_offset"), ["0"]);
  });

  it("sees row-level security, views, columns that nobody fills, and privileges on columns", async (t) => {
    const db = await database(t);
    await using user = await poorUser(db);
    const { name, connection_string } = user;
    const bare = { include_metadata: false, include_checksum: false, include_origin_timestamp: false };
    const settings = { ...bare, connection_string, layout: "columns", offsets: "iggy" };
    const named = { ...settings, columns: [{ name: "k" }, { name: "v" }] };
    const found = async (more: Record<string, unknown> = settings) =>
      (await findings(db, more)).filter((line) => !line.includes("at least once"));

    await db.rows(
      "CREATE TABLE messages (k int PRIMARY KEY, v text, must int NOT NULL, g int GENERATED ALWAYS AS (k + 1) STORED)",
    );
    await db.rows(`GRANT INSERT (k) ON messages TO "${name}"`);
    assert.deepEqual(await found(named), [
      `error: ${name} has no INSERT ("v") privilege on "messages" → GRANT INSERT ("v") ON "messages" TO "${name}"`,
      'error: column must of "messages" is NOT NULL without a default, and the sink does not write it → ALTER TABLE "messages" ALTER COLUMN "must" DROP NOT NULL, or give it a default',
    ]);
    await db.rows(`GRANT INSERT (v) ON messages TO "${name}"; ALTER TABLE messages ALTER must SET DEFAULT 1`);
    assert.deepEqual(await found(named), []);
    await consume(await db.open(named), batchOf(['{"k":1,"v":"x"}']));
    assert.match((await found()).join(), /has no INSERT \("must"\) privilege/);

    await db.rows(`GRANT INSERT ON messages TO "${name}"; ALTER TABLE messages ENABLE ROW LEVEL SECURITY`);
    assert.match((await found()).join(), /^error: row-level security applies .* no policy lets it insert/);
    await db.rows("CREATE POLICY all_rows ON messages FOR INSERT WITH CHECK (true)");
    assert.match((await found()).join(), /^warning: row-level security applies .* COPY is not used/);

    await db.rows("ALTER TABLE messages RENAME TO underlying");
    await db.rows(
      `CREATE VIEW messages AS SELECT k, count(*) AS n FROM underlying GROUP BY k; GRANT INSERT ON messages TO "${name}"`,
    );
    assert.deepEqual(await found(), [
      'error: "messages" cannot be written to → CREATE TRIGGER … INSTEAD OF INSERT ON "messages"',
    ]);
    await db.rows("CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$");
    await db.rows("CREATE TRIGGER route INSTEAD OF INSERT ON messages FOR EACH ROW EXECUTE FUNCTION nothing()");
    assert.deepEqual(await found(), []);
  });
});
