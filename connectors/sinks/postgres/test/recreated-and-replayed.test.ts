import assert from "node:assert/strict";
import { test } from "node:test";
import { postgresMissing } from "@iggy-connectors/test-support";
import { eventually, TestEnvironment } from "@iggy-connectors/testing";
import { database, type TestDatabase } from "./setup.ts";

const skip = postgresMissing();
const connector = (url: string, plugin: string): string => `type = "sink"
key = "tables"
enabled = true
version = 0
name = "Tables"
path = "postgres"
retry.initial_backoff = "20ms"
retry.max_backoff = "200ms"
[[streams]]
stream = "shop"
topics = ["orders"]
schema = "json"
[plugin_config]
connection_string = "${url}"
target_table = "messages"
retry_delay = "20ms"
${plugin}
`;
const orders = (name: string, count: number) => Array.from({ length: count }, (_, n) => JSON.stringify({ k: n, name }));

test("every message of a topic that is created again arrives, whether the sink runs meanwhile or not", {
  skip,
  timeout: 120_000,
}, async (t) => {
  const db = await database(t);
  await using environment = await TestEnvironment.start();
  const files = { "tables.toml": connector(db.url, 'auto_create_table = true\npayload_format = "json"\nkey = []') };
  const count = () =>
    db.rows("SELECT count(*)::int AS n FROM messages").then(
      ([row]) => row?.n,
      () => 0,
    );
  const arrived = (rows: number, output: () => string) =>
    eventually(async () => (await count()) === rows, { timeout: 60_000, what: `${rows} rows\n${output()}` });
  const recreate = async (name: string, messages: number) => {
    await environment.client.deleteTopic("shop", "orders");
    await environment.send("shop", "orders", orders(name, messages));
  };

  await environment.send("shop", "orders", orders("first", 100));
  const runtime = await environment.runtime(files);
  await arrived(100, () => runtime.output);
  assert.equal(await runtime.stop(), 0);
  await recreate("second", 100);
  await using again = await environment.runtime(files);
  await arrived(200, () => again.output);
  await recreate("third", 150);
  await arrived(350, () => again.output);
  await recreate("fourth", 3);
  await arrived(353, () => again.output);
  const names = await db.rows(
    "SELECT payload->>'name' AS name, count(DISTINCT payload)::int AS n FROM messages GROUP BY 1 ORDER BY 2 DESC, 1",
  );
  assert.deepEqual(names, [
    { name: "third", n: 150 },
    { name: "first", n: 100 },
    { name: "second", n: 100 },
    { name: "fourth", n: 3 },
  ]);
  assert.equal(await again.stop(), 0);
});

const TABLE = `CREATE TABLE messages (k int PRIMARY KEY, name varchar(10), iggy_id numeric, iggy_offset bigint, iggy_timestamp timestamptz,
  iggy_stream text, iggy_topic text, iggy_partition_id int, iggy_checksum bigint, iggy_origin_timestamp timestamptz)`;
const UPSERT = 'layout = "columns"\ninsert_mode = "upsert"\nkey = ["k"]';
const namesIn = async (db: TestDatabase) =>
  (await db.rows("SELECT k, name FROM messages ORDER BY k")).map(({ k, name }) => `${k} ${name}`);

async function replayAll(api: string): Promise<void> {
  const response = await fetch(`${api}/sinks/tables/dead_letters/replay`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ filter: {}, to: "connector" }),
  });
  assert.equal(response.status, 200, await response.text());
}

test("a dead letter that is replayed has the place of its message, and does not replace the row of a newer one", {
  skip,
  timeout: 120_000,
}, async (t) => {
  const db = await database(t);
  await db.rows(TABLE);
  await using environment = await TestEnvironment.start();
  await environment.send("shop", "orders", [
    '{"k":1,"name":"too long for it"}',
    '{"k":2,"name":"too long as well"}',
    '{"k":3,"name":"fits"}',
  ]);
  await using runtime = await environment.runtime({
    "tables.toml": connector(db.url, UPSERT),
  });
  const names = () => namesIn(db);
  await eventually(async () => (await names()).length === 1, { what: "the row that fits" });
  await environment.send("shop", "orders", ['{"k":1,"name":"newer"}']);
  await eventually(async () => (await names()).length === 2, { what: "the newer row" });
  await db.rows("ALTER TABLE messages ALTER COLUMN name TYPE text");
  await replayAll(runtime.api);
  assert.deepEqual(await names(), ["1 newer", "2 too long as well", "3 fits"]);
  const place = "iggy_stream, iggy_topic, iggy_partition_id, iggy_offset::int AS iggy_offset";
  assert.deepEqual(
    await db.rows(`SELECT ${place} FROM messages WHERE k = 2`),
    [{ iggy_stream: "shop", iggy_topic: "orders", iggy_partition_id: 0, iggy_offset: 1 }],
    "a replayed row has the place that its message came from",
  );
  const recorded = await db.rows("SELECT stream, topic, last_offset::int AS last FROM iggy_connector_offsets");
  assert.deepEqual(recorded, [{ stream: "shop", topic: "orders", last: 3 }], "a replay moves no offset");
  await environment.send("shop", "orders", ['{"k":4,"name":"after"}']);
  await eventually(async () => (await names()).at(-1) === "4 after", { what: "what follows the replay" });
  assert.equal(await runtime.stop(), 0);
});

for (const offsets of ["table", "iggy"]) {
  test(`a dead letter of a topic that was created again does not replace the row of a newer message, offsets = ${offsets}`, {
    skip,
    timeout: 120_000,
  }, async (t) => {
    const db = await database(t);
    await db.rows(TABLE);
    await using environment = await TestEnvironment.start();
    await environment.send("shop", "orders", [
      '{"k":1,"name":"fits"}',
      '{"k":2,"name":"fits"}',
      '{"k":3,"name":"too long for it"}',
      '{"k":4,"name":"too long as well"}',
      '{"k":5,"name":"fits"}',
    ]);
    await using runtime = await environment.runtime({
      "tables.toml": connector(db.url, `${UPSERT}\noffsets = "${offsets}"`),
    });
    await eventually(async () => (await namesIn(db)).length === 3, { what: "the rows that fit" });
    await environment.client.deleteTopic("shop", "orders");
    await environment.send("shop", "orders", ['{"k":3,"name":"newer"}', '{"k":6,"name":"fits"}']);
    await eventually(async () => (await namesIn(db)).includes("6 fits"), {
      timeout: 60_000,
      what: "the rows of the new topic",
    });
    await db.rows("ALTER TABLE messages ALTER COLUMN name TYPE text");
    await replayAll(runtime.api);
    assert.deepEqual(await namesIn(db), ["1 fits", "2 fits", "3 newer", "4 too long as well", "5 fits", "6 fits"]);
    assert.equal(await runtime.stop(), 0);
  });
}
