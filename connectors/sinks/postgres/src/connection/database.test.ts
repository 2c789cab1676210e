import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { type ConnectorError, FatalError, RetryableError } from "@iggy-connectors/sdk";
import { Authority, PostgresServer, postgresMissing } from "@iggy-connectors/test-support";
import { batchOf, eventually, freePort, openContext, temporaryFolder } from "@iggy-connectors/testing";
import { consume, database, SIGNAL, TestDatabase } from "../../test/setup.ts";

const skip = postgresMissing();
const own = skip || (process.env.POSTGRES_URL === undefined ? false : "it needs a server of its own");

async function failure(t: TestContext, url: string, settings: Record<string, unknown> = {}): Promise<ConnectorError> {
  const sink = new TestDatabase(t, url).create(settings);
  const { findings } = await sink.check({ signal: SIGNAL });
  const error = await sink.open(openContext(SIGNAL)).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof FatalError || error instanceof RetryableError, String(error));
  assert.deepEqual(findings, [{ level: "error", message: error.message, fix: error.fix }], "check says the same");
  return error;
}

describe("connecting", { skip: own }, () => {
  it("reports a wrong login, database or address, and never the password", async (t) => {
    await using server = await PostgresServer.start({ auth: "scram-sha-256", password: "right" });
    const port = await freePort();
    const cases = [
      [
        server.urlOf("postgres", "postgres", "wr0ng-pass"),
        "IGC_SINK_POSTGRES_LOGIN",
        true,
        /password authentication failed/,
      ],
      [server.urlOf("postgres", "nobody", "wr0ng-pass"), "IGC_SINK_POSTGRES_LOGIN", true, /nobody/],
      [server.urlOf("missing"), "IGC_SINK_POSTGRES_SCHEMA", true, /database "missing" does not exist/],
      [
        `postgres://postgres:wr0ng-pass@127.0.0.1:${port}/postgres`,
        "IGC_SINK_POSTGRES_CONNECTION",
        false,
        /ECONNREFUSED/,
      ],
      [`${server.url}?sslmode=require`, "IGC_SINK_POSTGRES_TLS", true, /does not support SSL/],
    ] as const;
    for (const [url, code, fatal, message] of cases) {
      const error = await failure(t, url);
      assert.equal(error.code, code);
      assert.equal(error instanceof FatalError, fatal, code);
      assert.match(error.message, message);
      assert.ok(!`${error.message}${error.fix}${JSON.stringify(error)}`.includes("wr0ng-pass"), error.message);
    }
    const db = new TestDatabase(t, server.url);
    await consume(await db.open(), batchOf(["{}"]));
    const names = await db.rows(
      "SELECT application_name AS name FROM pg_stat_activity WHERE application_name LIKE 'iggy%'",
    );
    assert.deepEqual(names, [{ name: "iggy-connectors/test" }]);
  });

  it("encrypts and verifies the server as the mode says", async (t) => {
    await using folder = await temporaryFolder();
    const authority = await Authority.create("authority", folder.path);
    const stranger = await Authority.create("stranger", folder.path);
    const { certFile, keyFile } = await authority.issue("db.internal");
    const client = await authority.issue("postgres");
    const tls = { certFile, keyFile, caFile: authority.certificate.certFile };
    await using server = await PostgresServer.start({ tls });
    const ca_file = authority.certificate.certFile;
    const encrypted = async (settings: Record<string, unknown>, url = server.url) => {
      const db = new TestDatabase(t, url);
      await db.open({ ...settings, application_name: "probe" });
      const [row] = await new TestDatabase(t, `${server.url}`).rows(
        "SELECT ssl, client_dn FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'probe' ORDER BY backend_start DESC LIMIT 1",
      );
      return row;
    };
    const plain = { ssl: false, client_dn: null };
    const secured = { ssl: true, client_dn: null };
    assert.deepEqual(await encrypted({}), secured, "prefer is the default");
    assert.deepEqual(await encrypted({ tls: { mode: "disable" } }), plain);
    assert.deepEqual(await encrypted({}, `${server.url}?sslmode=disable`), plain);
    assert.deepEqual(await encrypted({ tls: { mode: "require" } }), secured);
    assert.deepEqual(await encrypted({ tls: { mode: "verify-ca", ca_file } }), secured);
    assert.deepEqual(await encrypted({}, `${server.url}?sslmode=verify-ca&sslrootcert=${ca_file}`), secured);
    const named = { mode: "verify-full", ca_file, server_name: "db.internal" };
    assert.deepEqual(await encrypted({ tls: named }), secured);
    const withClient = { ...named, cert_file: client.certFile, key_file: client.keyFile };
    assert.deepEqual(await encrypted({ tls: withClient }), { ssl: true, client_dn: "/CN=postgres" });

    const untrusted = stranger.certificate.certFile;
    for (const [settings, message] of [
      [{ mode: "verify-full", ca_file }, /127\.0\.0\.1|altnames/],
      [{ mode: "verify-ca" }, /certificate/],
      [{ mode: "verify-ca", ca_file: untrusted }, /certificate/],
      [{ mode: "require", ca_file: untrusted }, /certificate/],
    ] as const) {
      const error = await failure(t, server.url, { tls: settings });
      assert.equal(error.code, "IGC_SINK_POSTGRES_TLS", error.message);
      assert.match(error.message, message);
    }
  });

  it("continues by itself after the server was killed", async (t) => {
    await using server = await PostgresServer.start();
    const db = new TestDatabase(t, server.url);
    const sink = await db.open({ max_retries: 1 });
    await consume(sink, batchOf(["1"]));
    await server.kill();
    await assert.rejects(consume(sink, batchOf(["2"], { firstOffset: 1n })), RetryableError);
    await server.restart();
    // Ids of test batches start again with each batch.
    const other = new TestDatabase(t, server.url);
    await other.rows("ALTER TABLE messages DROP CONSTRAINT messages_pkey");
    await consume(sink, batchOf(["2"], { firstOffset: 1n }));
    assert.deepEqual(await other.column("iggy_offset"), ["0", "1"]);
  });

  it("loses a connection in the middle of a statement, and nothing else", async (t) => {
    await using server = await PostgresServer.start();
    const db = new TestDatabase(t, server.url);
    const sink = await db.open({ max_retries: 1 });
    await db.rows("BEGIN; LOCK TABLE messages");
    const waiting = consume(sink, batchOf(["1"]));
    waiting.catch(() => undefined);
    const watch = new TestDatabase(t, server.url);
    const waits = "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock'";
    await eventually(async () => (await watch.rows(waits)).length === 1, { what: "a statement that waits" });
    await server.kill();
    await assert.rejects(waiting, RetryableError);
  });
});

it("files that cannot be used are named", (t) => {
  const db = new TestDatabase(t, "postgres://u:hidden@localhost/x");
  for (const [settings, place, message] of [
    [{ tls: { mode: "verify-ca", ca_file: "/nowhere.pem" } }, "tls.ca_file", /cannot read/],
    [{ tls: { mode: "require", cert_file: "/nowhere.pem" } }, "tls.key_file", /must be set together/],
    [{ connection_string: "postgres://u:hidden@localhost/x?sslmode=maybe" }, "connection_string", /sslmode/],
  ] as const) {
    assert.throws(
      () => db.create(settings),
      (error) =>
        error instanceof FatalError &&
        error.place === place &&
        message.test(error.message) &&
        !/hidden/.test(error.message),
    );
  }
});

describe("a transaction", { skip }, () => {
  it("ends when it is cancelled, and the sink continues", async (t) => {
    const db = await database(t);
    const sink = await db.open({ key: [] });
    await db.rows("BEGIN; LOCK TABLE messages");
    const given = new AbortController();
    const waiting = sink.consume(batchOf(["1"]), { signal: given.signal, attempt: 1 });
    waiting.catch(() => undefined);
    // The lock table is looked at by another session: ours is in a transaction.
    const other = new TestDatabase(t, db.url);
    while ((await other.rows("SELECT 1 FROM pg_locks WHERE NOT granted")).length === 0);
    given.abort(new Error("the partition was revoked"));
    await assert.rejects(waiting, /the partition was revoked/);
    await db.rows("ROLLBACK");
    await consume(sink, batchOf(["1"]));
    assert.deepEqual(await db.column("iggy_offset"), ["0"]);
  });

  it("that takes longer than a statement may is retryable", async (t) => {
    const db = await database(t);
    const sink = await db.open({ key: [], statement_timeout: "50ms", max_retries: 2 });
    await db.rows("BEGIN; LOCK TABLE messages");
    await assert.rejects(
      consume(sink, batchOf(["1"])),
      (error) => error instanceof RetryableError && /57014/.test(error.message),
    );
    await db.rows("ROLLBACK");
    await consume(sink, batchOf(["1"]));
  });

  it("waits for the disk of the server, even if synchronous_commit is off", async (t) => {
    const db = await database(t);
    await db.rows(`ALTER DATABASE "${new URL(db.url).pathname.slice(1)}" SET synchronous_commit = off`);
    const sink = await db.open({ key: [], payload_format: "text" });
    await db.rows(
      "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.payload := current_setting('synchronous_commit'); RETURN NEW; END $$",
    );
    await db.rows("CREATE TRIGGER note BEFORE INSERT ON messages FOR EACH ROW EXECUTE FUNCTION note()");
    await consume(sink, batchOf(['"x"']));
    assert.deepEqual(await db.column("payload"), ["on"]);
  });
});
