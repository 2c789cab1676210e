import assert from "node:assert/strict";
import { test } from "node:test";
import { postgresMissing } from "@iggy-connectors/test-support";
import { eventually, TestEnvironment } from "@iggy-connectors/testing";
import { database } from "./setup.ts";

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

test("a dead letter that is replayed does not replace the row of a newer message", {
  skip,
  timeout: 120_000,
}, async (t) => {
  const db = await database(t);
  await db.rows(`CREATE TABLE messages (k int PRIMARY KEY, name varchar(10), iggy_id numeric, iggy_offset bigint, iggy_timestamp timestamptz,
    iggy_stream text, iggy_topic text, iggy_partition_id int, iggy_checksum bigint, iggy_origin_timestamp timestamptz)`);
  await using environment = await TestEnvironment.start();
  await environment.send("shop", "orders", [
    '{"k":1,"name":"too long for it"}',
    '{"k":2,"name":"too long as well"}',
    '{"k":3,"name":"fits"}',
  ]);
  await using runtime = await environment.runtime({
    "tables.toml": connector(db.url, 'layout = "columns"\ninsert_mode = "upsert"\nkey = ["k"]'),
  });
  const names = async () =>
    (await db.rows("SELECT k, name FROM messages ORDER BY k")).map(({ k, name }) => `${k} ${name}`);
  await eventually(async () => (await names()).length === 1, { what: "the row that fits" });
  await environment.send("shop", "orders", ['{"k":1,"name":"newer"}']);
  await eventually(async () => (await names()).length === 2, { what: "the newer row" });
  await db.rows("ALTER TABLE messages ALTER COLUMN name TYPE text");
  const response = await fetch(`${runtime.api}/sinks/tables/dead_letters/replay`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ filter: {}, to: "connector" }),
  });
  assert.equal(response.status, 200, await response.text());
  assert.deepEqual(await names(), ["1 newer", "2 too long as well", "3 fits"]);
  assert.equal(await runtime.stop(), 0);
});
