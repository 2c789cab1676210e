import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { FatalError, RetryableError } from "@iggy-connectors/sdk";
import { PostgresServer, postgresMissing } from "@iggy-connectors/test-support";
import {
  batchOf,
  eventually,
  openContext,
  recordingContext,
  TestEnvironment,
  temporaryFolder,
} from "@iggy-connectors/testing";
import { consume, SIGNAL, TestDatabase } from "./setup.ts";

const skip = postgresMissing() || (process.env.POSTGRES_URL === undefined ? false : "it needs servers of its own");
const places = (servers: readonly PostgresServer[]) => servers.map(({ port }) => `127.0.0.1:${port}`).join(",");
const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => `{"n":${from + index}}`);

async function offsetsIn(db: TestDatabase): Promise<number[]> {
  return (await db.column("iggy_offset")).map(Number);
}

test("of several hosts the one that takes writes is found, also after a failover", { skip }, async (t) => {
  await using primary = await PostgresServer.start();
  await using replica = await PostgresServer.replicaOf(primary);
  const settings = { key: [], max_retries: 1 };
  for (const string of [
    `postgres://postgres@${places([replica, primary])}/postgres`,
    `postgres://postgres@${places([replica, primary])}/postgres?target_session_attrs=primary`,
    `host=127.0.0.1,127.0.0.1 port=${replica.port},${primary.port} user=postgres dbname=postgres`,
  ]) {
    await (await new TestDatabase(t, primary.url).open({ ...settings, connection_string: string })).close();
  }
  const only = new TestDatabase(t, primary.url).create({
    connection_string: `postgres://postgres@${places([replica])}/postgres?target_session_attrs=read-write`,
  });
  await assert.rejects(
    only.open(openContext(SIGNAL)),
    (error) => error instanceof RetryableError && /takes no writes/.test(error.message),
  );
  assert.throws(
    () => new TestDatabase(t, `postgres://${places([primary])}/postgres?target_session_attrs=standby`).create(),
    (error) => error instanceof FatalError && /target_session_attrs/.test(error.message),
  );

  const sink = await new TestDatabase(t, primary.url).open({
    ...settings,
    connection_string: `postgres://postgres@${places([primary, replica])}/postgres`,
  });
  await consume(sink, batchOf(numbers(0, 3)));
  const after = new TestDatabase(t, replica.url);
  await eventually(async () => (await offsetsIn(after)).length === 3, { what: "the replica to have the rows" });
  await primary.kill();
  await assert.rejects(consume(sink, batchOf(numbers(3, 5), { firstOffset: 3n })), RetryableError);
  await after.rows("SELECT pg_promote()");
  await consume(sink, batchOf(numbers(3, 5), { firstOffset: 3n }));
  assert.deepEqual(await offsetsIn(after), [0, 1, 2, 3, 4]);
});

test("a server that becomes read-only is left for one that takes writes", { skip }, async (t) => {
  await using first = await PostgresServer.start();
  await using second = await PostgresServer.start();
  const settings = { key: [], max_retries: 2, offsets: "iggy" };
  const sink = await new TestDatabase(t, first.url).open({
    ...settings,
    connection_string: `postgres://postgres@${places([first, second])}/postgres`,
  });
  await (await new TestDatabase(t, second.url).open(settings)).close();
  const admin = new TestDatabase(t, first.url);
  await consume(sink, batchOf(["1"]));
  await admin.rows("ALTER SYSTEM SET default_transaction_read_only = on");
  await admin.rows("SELECT pg_reload_conf()");
  await eventually(
    async () => (await admin.rows("SHOW default_transaction_read_only"))[0]?.default_transaction_read_only === "on",
    {
      what: "the setting",
    },
  );
  // Each session takes the setting over by itself: the one of the sink may still write to the first.
  const other = new TestDatabase(t, second.url);
  let last = 0n;
  await eventually(
    async () => {
      last += 1n;
      await consume(sink, batchOf([String(last)], { firstOffset: last }));
      return (await offsetsIn(other)).length > 0;
    },
    { what: "the other server" },
  );
  assert.deepEqual(await offsetsIn(other), [Number(last)]);
});

test("a password that is rotated in its file is read again", { skip }, async (t) => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, "password");
  await writeFile(file, "first\n");
  await using server = await PostgresServer.start({ auth: "scram-sha-256", password: "first" });
  const admin = new TestDatabase(t, server.url);
  const settings = {
    key: [],
    max_retries: 1,
    connection_string: `postgres://postgres@${places([server])}/postgres`,
    password_file: file,
    application_name: "rotating",
  };
  const sink = await admin.open(settings);
  await consume(sink, batchOf(["1"]));
  await admin.rows("ALTER ROLE postgres PASSWORD 'second'");
  await admin.rows("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'rotating'");
  await assert.rejects(
    consume(sink, batchOf(["2"], { firstOffset: 1n })),
    (error) => error instanceof RetryableError && !/first|second/.test(error.message),
  );
  await assert.rejects(
    consume(sink, batchOf(["2"], { firstOffset: 1n })),
    (error) => error instanceof RetryableError && error.code === "IGC_SINK_POSTGRES_LOGIN",
  );
  // A start in the middle of the rotation is tried again, too.
  await assert.rejects(admin.open(settings), RetryableError);
  await writeFile(file, "second");
  await consume(sink, batchOf(["2"], { firstOffset: 1n }));
  assert.deepEqual(await offsetsIn(admin), [0, 1]);
  await assert.rejects(
    admin.open({ ...settings, password_file: join(folder.path, "none") }),
    /cannot read password_file/,
  );
});

test("a parameter that has no effect is named, one that cannot be supported is refused", { skip }, async (t) => {
  await using server = await PostgresServer.start();
  const context = recordingContext("/");
  const url = `${server.url}?client_encoding=UTF8&krbsrvname=x&connect_timeout=3&options=-c%20search_path%3Dpublic`;
  const sink = await new TestDatabase(t, url).open({}, context);
  assert.deepEqual(
    context.lines.filter((line) => line.startsWith("warn")),
    ["warn: the parameter krbsrvname of connection_string has no effect"],
  );
  assert.equal((await sink.check({ signal: SIGNAL })).findings.length, 1);
  assert.throws(
    () => new TestDatabase(t, `${server.url}?service=x`).create(),
    /service of the connection string is not supported/,
  );
});

const connector = (string: string): string => `type = "sink"
key = "failover"
enabled = true
version = 0
name = "Failover"
path = "postgres"
retry.initial_backoff = "20ms"
retry.max_backoff = "200ms"
[[streams]]
stream = "truth"
topics = ["numbers"]
schema = "json"
batch_length = 50
[plugin_config]
connection_string = "${string}"
target_table = "messages"
auto_create_table = true
payload_format = "json"
key = []
retry_delay = "20ms"
`;

test("what an asynchronous failover loses is delivered again", { skip, timeout: 120_000 }, async (t) => {
  const COUNT = 4000;
  await using environment = await TestEnvironment.start();
  await using primary = await PostgresServer.start();
  await using replica = await PostgresServer.replicaOf(primary);
  await environment.send("truth", "numbers", numbers(0, COUNT / 2));
  await using runtime = await environment.runtime({
    "failover.toml": connector(`postgres://postgres@${places([primary, replica])}/postgres`),
  });
  const before = new TestDatabase(t, primary.url);
  const after = new TestDatabase(t, replica.url);
  const rows = (db: TestDatabase) =>
    db.rows("SELECT count(*)::int AS n FROM messages").then(
      ([row]) => Number(row?.n),
      () => 0,
    );
  await eventually(async () => (await rows(after)) === COUNT / 2, {
    timeout: 30_000,
    what: "the replica to have half of the rows",
  });
  // From here on the replica learns nothing.
  await after.rows("ALTER SYSTEM SET primary_conninfo = ''");
  await after.rows("SELECT pg_reload_conf()");
  await eventually(async () => (await after.rows("SELECT 1 FROM pg_stat_wal_receiver")).length === 0, {
    what: "the replica to stop",
  });
  await environment.send("truth", "numbers", numbers(COUNT / 2, COUNT));
  await eventually(async () => (await rows(before)) === COUNT, { timeout: 30_000, what: "all rows in the primary" });
  await primary.kill();
  await after.rows("SELECT pg_promote()");
  await environment.send("truth", "numbers", numbers(COUNT, COUNT + 10));
  await eventually(async () => (await rows(after)) >= COUNT + 10, {
    timeout: 60_000,
    what: `all rows in the new primary\n${runtime.output}`,
  });
  assert.deepEqual(
    await after.column("payload"),
    numbers(0, COUNT + 10).map((text) => JSON.parse(text)),
  );
  await runtime.connectorIn("/sinks/failover", "running");
  assert.equal(await runtime.stop(), 0);
});
