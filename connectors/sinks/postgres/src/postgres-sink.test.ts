import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FatalError } from "@iggy-connectors/sdk";
import { postgresMissing } from "@iggy-connectors/test-support";
import { batchOf, TEST_PARTITION } from "@iggy-connectors/testing";
import { consume, database, reasons, SIGNAL } from "../test/setup.ts";
import postgresSink from "./index.ts";

const skip = postgresMissing();

/** The original's file as it is shipped, but for the address. */
const ORIGINAL = {
  target_table: "iggy_messages",
  batch_size: 100,
  max_connections: 10,
  auto_create_table: true,
  include_metadata: true,
  include_checksum: true,
  include_origin_timestamp: true,
  payload_format: "bytea",
  verbose_logging: false,
  max_retries: 3,
  retry_delay: "1s",
};

describe("the payload layout", { skip }, () => {
  it("makes the original's table and fills every column", async (t) => {
    const db = await database(t);
    const sink = await db.open(ORIGINAL);
    assert.deepEqual(await consume(sink, batchOf(['{"n":1}', '{"n":2}'])), { rejected: [] });
    const columns = await db.rows(
      "SELECT column_name || ' ' || data_type AS c FROM information_schema.columns WHERE table_name = 'iggy_messages' ORDER BY ordinal_position",
    );
    assert.deepEqual(
      columns.map(({ c }) => c),
      [
        "id numeric",
        "iggy_offset bigint",
        "iggy_timestamp timestamp with time zone",
        "iggy_stream text",
        "iggy_topic text",
        "iggy_partition_id integer",
        "iggy_checksum bigint",
        "iggy_origin_timestamp timestamp with time zone",
        "payload bytea",
        "created_at timestamp with time zone",
      ],
    );
    const [first, second] = await db.rows(
      `SELECT id::text, iggy_offset::int, to_char(iggy_timestamp AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') AS time,
              iggy_stream, iggy_topic, iggy_partition_id, iggy_checksum::int, extract(epoch FROM iggy_origin_timestamp)::text AS origin,
              convert_from(payload, 'UTF8') AS payload, created_at IS NOT NULL AS created FROM iggy_messages ORDER BY iggy_offset`,
    );
    assert.deepEqual(first, {
      id: "1",
      iggy_offset: 0,
      time: "2023-11-14 22:13:20.000000",
      iggy_stream: TEST_PARTITION.stream,
      iggy_topic: TEST_PARTITION.topic,
      iggy_partition_id: 0,
      iggy_checksum: 0,
      origin: "1600000000.000000",
      payload: '{"n":1}',
      created: true,
    });
    assert.deepEqual([second?.time, second?.payload], ["2023-11-14 22:13:20.000001", '{"n":2}']);
    const [key] = await db.rows(
      "SELECT pg_get_constraintdef(oid) AS def FROM pg_constraint WHERE contype = 'p' AND conrelid = 'iggy_messages'::regclass",
    );
    assert.equal(key?.def, "PRIMARY KEY (id)");
  });

  for (const method of ["copy", "insert"]) {
    it(`keeps bytes as they are, by ${method}`, async (t) => {
      const db = await database(t);
      const every = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
      const payloads = [
        Buffer.from([0, 1, 2, 255, 254, 253]),
        Buffer.from("deadbeef", "hex"),
        every,
        Buffer.from("\\N"),
      ];
      const sink = await db.open({ method, batch_size: 3 });
      await consume(sink, batchOf(payloads, { schema: "raw" }));
      assert.deepEqual(await db.column("payload"), payloads);
    });

    it(`keeps unchanged JSON byte by byte in text, and its value in jsonb, by ${method}`, async (t) => {
      const db = await database(t);
      const payloads = [
        '{ "b" : 1.50,\n\t"a":"\\u00e9\\\\ \\"x\\"" }',
        '{"big":12345678901234567890.10}',
        '"\\\\N"',
        "[1 ,2]",
      ];
      const text = await db.open({ method, payload_format: "text", target_table: "texts", batch_size: 2 });
      await consume(text, batchOf(payloads));
      assert.deepEqual(await db.column("payload", "texts"), payloads);
      const jsonb = await db.open({ method, payload_format: "json", target_table: "documents", offsets_table: "o2" });
      await consume(jsonb, batchOf(payloads));
      const same = await db.rows(
        "SELECT bool_and(d.payload = t.payload::jsonb) AS same, count(*)::int AS count FROM documents d JOIN texts t USING (iggy_offset)",
      );
      assert.deepEqual(same, [{ same: true, count: payloads.length }]);
    });
  }

  it("rejects what a column cannot hold, with the reason, and writes the rest", async (t) => {
    const db = await database(t);
    const text = await db.open({ payload_format: "text" });
    const payloads = ["one", Buffer.from([0x61, 0]), Buffer.from([0xff]), "two"];
    assert.deepEqual(reasons(await consume(text, batchOf(payloads, { schema: "raw" }))), [
      '1: the payload contains a NUL character, which PostgreSQL does not allow in text, and payload_format is "text"',
      '2: the payload is not UTF-8, and payload_format is "text"',
    ]);
    assert.deepEqual(await db.column("payload"), ["one", "two"]);

    const json = await db.open({ payload_format: "json", target_table: "documents", offsets_table: "o2" });
    const result = await consume(json, batchOf(['{"a":1}', '{"a":"\\u0000"}', '{"a":3}']));
    assert.match(reasons(result).join(), /^1: PostgreSQL: unsupported Unicode escape sequence \(22P05\)$/);
    assert.deepEqual(await db.column("payload", "documents"), [{ a: 1 }, { a: 3 }]);

    const raw = await db.open({ payload_format: "json", target_table: "raws", offsets_table: "o3" });
    const notJson = await consume(raw, batchOf(["{}", "{"], { schema: "raw" }));
    assert.deepEqual(reasons(notJson), ['1: the payload is not JSON, and payload_format is "json"']);
  });

  it("writes to a table of any name, in any schema", async (t) => {
    const db = await database(t);
    const names = { target_schema: 'we "ird".x', target_table: `Robert'); DROP TABLE x;--`, offsets_table: 'o"o' };
    await db.rows('CREATE SCHEMA "we ""ird"".x"');
    const sink = await db.open(names);
    await consume(sink, batchOf(["{}"]));
    const rows = await db.rows(`SELECT count(*)::int AS n FROM "we ""ird"".x"."Robert'); DROP TABLE x;--"`);
    assert.deepEqual(rows, [{ n: 1 }]);
    assert.equal((await sink.committed(TEST_PARTITION))?.offset, 0n);
  });

  it("uses an existing table, without the columns that are switched off", async (t) => {
    const db = await database(t);
    await db.rows("CREATE TABLE messages (payload varchar NOT NULL, id text, extra int DEFAULT 7)");
    const off = { include_metadata: false, include_checksum: false, include_origin_timestamp: false };
    const sink = await db.open({ ...off, payload_format: "text", auto_create_table: false });
    await consume(sink, batchOf(["1", "2"]));
    assert.deepEqual(await db.rows("SELECT * FROM messages ORDER BY id"), [
      { payload: "1", id: "1", extra: 7 },
      { payload: "2", id: "2", extra: 7 },
    ]);
  });

  it("writes an unsigned checksum where the column has room", async (t) => {
    const db = await database(t);
    await db.rows(
      "CREATE TABLE messages (id numeric, iggy_offset bigint, iggy_timestamp timestamptz, iggy_stream text, iggy_topic text, iggy_partition_id int, iggy_checksum numeric, iggy_origin_timestamp timestamptz, payload bytea)",
    );
    await consume(await db.open(), batchOf(["1"]));
    assert.deepEqual(await db.column("iggy_checksum"), ["0"]);
  });

  it("refuses a table that does not fit, with a fix", async (t) => {
    const db = await database(t);
    const refusal = async (settings: Record<string, unknown>) => {
      const error = await db.open(settings).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      assert.ok(error instanceof FatalError, String(error));
      return `${error.message} [${error.place}]`;
    };
    assert.equal(await refusal({ auto_create_table: false }), 'table "messages" does not exist [target_table]');
    await db.open();
    assert.equal(
      await refusal({ payload_format: "json" }),
      'column payload of table "messages" is of type bytea, but payload_format is "json" [payload_format]',
    );
    await db.rows("ALTER TABLE messages DROP COLUMN iggy_checksum");
    assert.equal(await refusal({}), 'table "messages" has no column iggy_checksum [include_checksum]');
  });
});

describe("the configuration", () => {
  const parse = (settings: Record<string, unknown>) =>
    postgresSink.config.safeParse({ connection_string: "postgres://localhost/x", target_table: "t", ...settings });
  const message = (settings: Record<string, unknown>) => parse(settings).error?.issues[0]?.message;

  it("has the original's defaults", () => {
    const { data } = parse({});
    assert.deepEqual(
      [
        data?.batch_size,
        data?.max_connections,
        data?.auto_create_table,
        data?.payload_format,
        data?.max_retries,
        data?.retry_delay,
      ],
      [100, 10, false, "bytea", 3, 1000],
    );
    assert.deepEqual(
      [data?.include_metadata, data?.include_checksum, data?.include_origin_timestamp],
      [true, true, true],
    );
  });

  it("names what is wrong, and never the connection string", () => {
    for (const [settings, expected] of [
      [{ connection_string: "mysql://u:hidden@h" }, /must be a URL/],
      [{ batch_size: 0 }, />=1/],
      [{ target_table: "x".repeat(64) }, /has 64 bytes/],
      [{ target_table: "a\0b" }, /NUL/],
      [{ layout: "columns", insert_mode: "upsert" }, /is required with insert_mode/],
      [{ columns: [{ name: "a" }] }, /requires layout/],
      [{ layout: "columns", columns: [{ name: "a", type: "int); DROP TABLE x" }] }, /must be a type name/],
      [{ layout: "columns", columns: [{ name: "a" }, { name: "a" }] }, /duplicate column name/],
      [{ offsets_table: "t" }, /must not be the target table/],
    ] as const) {
      const found = message(settings) ?? "";
      assert.match(found, expected);
      assert.ok(!found.includes("hidden"));
    }
  });

  it("decides what is promised", () => {
    const promised = (offsets: string) => postgresSink.deliveryOf?.(parse({ offsets }).data!);
    assert.deepEqual(["table", "iggy"].map(promised), ["exactly-once", "at-least-once"]);
  });
});

it("an aborted signal starts nothing", { skip }, async (t) => {
  const db = await database(t);
  const sink = await db.open();
  const aborted = AbortSignal.abort(new Error("stop"));
  await assert.rejects(sink.consume(batchOf(["1"]), { signal: aborted, attempt: 1 }), /stop/);
  assert.equal((await sink.committed(TEST_PARTITION))?.offset, undefined);
  assert.deepEqual((await sink.check({ signal: SIGNAL })).findings, []);
});
