import assert from "node:assert/strict";
import { test } from "node:test";
import { PostgresServer, postgresMissing } from "@iggy-connectors/test-support";
import { eventually, TestEnvironment } from "@iggy-connectors/testing";
import { database } from "./setup.ts";

/** Every key of the original's PostgreSQL sink, as its own example spells them. */
const original = (url: string, format: string, schema: string) => `
type = "sink"
key = "${format}"
enabled = true
version = 0
name = "Postgres sink"
path = "../../target/release/libiggy_connector_postgres_sink"
verbose = false

[[streams]]
stream = "test_stream"
topics = ["${schema}"]
schema = "${schema}"
batch_length = 100
poll_interval = "5ms"
consumer_group = "${format}"

[plugin_config]
connection_string = "${url}"
target_table = "iggy_messages_${format}"
batch_size = 100
max_connections = 10
auto_create_table = true
include_metadata = true
include_checksum = true
include_origin_timestamp = true
payload_format = "${format}"
verbose_logging = false
max_retries = 3
retry_delay = "1s"
`;

const DOCUMENTS = ['{"id":1,"name":"one","amount":1.50}', '{ "nested" : {"list":[1,2,3]} }', '{"id":3,"text":"ü"}'];
const BYTES = [Buffer.from("text"), Buffer.from([0, 1, 2, 255, 254, 253]), Buffer.from("deadbeef", "hex")];

test("the original's configuration runs unchanged, also when unknown keys are errors, and continues after restarts", {
  skip: postgresMissing(),
}, async (t) => {
  const db = await database(t);
  await using environment = await TestEnvironment.start();
  const send = (topic: string, payloads: readonly (string | Buffer)[]) =>
    environment.send("test_stream", topic, payloads);
  await send("json", DOCUMENTS);
  await send("raw", BYTES);
  const connectors = {
    "json.toml": original(db.url, "json", "json"),
    "text.toml": original(db.url, "text", "json"),
    "bytea.toml": original(db.url, "bytea", "raw"),
  };
  await using runtime = await environment.runtime(connectors, { IGGY_CONNECTORS_CONFIG_STRICT: "true" });
  const payloads = (format: string, count: number) =>
    eventually(
      async () => {
        const found = await db.column("payload", `iggy_messages_${format}`);
        return found.length >= count && found;
      },
      { what: `${count} rows of ${format}` },
    );
  assert.deepEqual(await payloads("text", 3), DOCUMENTS, "the bytes that were sent");
  assert.deepEqual(
    await payloads("json", 3),
    DOCUMENTS.map((text) => JSON.parse(text)),
  );
  assert.deepEqual(await payloads("bytea", 3), BYTES);
  const places = await db.rows("SELECT iggy_offset, iggy_stream, iggy_topic FROM iggy_messages_bytea ORDER BY 1");
  assert.deepEqual(
    places,
    ["0", "1", "2"].map((iggy_offset) => ({ iggy_offset, iggy_stream: "test_stream", iggy_topic: "raw" })),
  );

  const restarts = await Promise.all(
    Array.from({ length: 5 }, () => fetch(`${runtime.api}/sinks/text/restart`, { method: "POST" })),
  );
  assert.deepEqual(new Set(restarts.map(({ status }) => status)), new Set([204]));
  await runtime.connectorIn("/sinks/text", "running");
  await send("json", DOCUMENTS);
  assert.deepEqual(await payloads("text", 6), [...DOCUMENTS, ...DOCUMENTS]);
  const { delivery } = await runtime.get<{ delivery: string }>("/sinks/text/status");
  assert.equal(delivery, "exactly-once");
  assert.equal(await runtime.stop(), 0);
});

test("a wrong password fails its connector alone, with the reason and without the password", {
  skip: postgresMissing() || (process.env.POSTGRES_URL === undefined ? false : "it needs a server of its own"),
}, async () => {
  await using server = await PostgresServer.start({ auth: "scram-sha-256", password: "right" });
  await using environment = await TestEnvironment.start();
  await environment.createTopic("test_stream", "json");
  const connectors = { "json.toml": original(server.urlOf("postgres", "postgres", "wr0ng-pass"), "json", "json") };
  await using runtime = await environment.runtime(connectors);
  await runtime.listening();
  const info = await runtime.connectorIn<{ state: string; last_error: { message: string } }>("/sinks/json", "failed");
  assert.match(info.last_error.message, /password authentication failed for user "postgres" \(28P01\)/);
  assert.ok(!JSON.stringify(info).includes("wr0ng-pass"));
  assert.equal(await runtime.stop(), 0);
  assert.ok(!runtime.output.includes("wr0ng-pass"));
});
