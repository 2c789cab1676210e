import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { postgresMissing } from "@iggy-connectors/test-support";
import { batchOf } from "@iggy-connectors/testing";
import { consume, database, reasons } from "./setup.ts";

const BARE = { include_metadata: false, include_checksum: false, include_origin_timestamp: false };
const COLUMNS = { layout: "columns", auto_create_table: false, ...BARE };

describe("the columns layout", { skip: postgresMissing() }, () => {
  it("puts fields into the columns of their names, each of its type", async (t) => {
    const db = await database(t);
    await db.rows(
      "CREATE TABLE messages (id bigint, small smallint, amount numeric(30,10), ratio double precision, active boolean, name text, tags jsonb, at timestamptz, raw bytea, uid uuid, addr inet)",
    );
    const sink = await db.open(COLUMNS);
    const message = {
      id: 1,
      small: -5,
      amount: "12345678901234567890.0123456789",
      ratio: 0.1,
      active: true,
      name: "a\tb\\N\nü",
      tags: ["x", { y: null }],
      at: "2024-02-29T12:00:00.123456Z",
      raw: "bytes",
      uid: "00000000-0000-0000-0000-000000000001",
      addr: "10.0.0.1",
      more: "is ignored",
    };
    const big = '{"id":9223372036854775807,"name":{"a":1},"active":null}';
    assert.deepEqual(await consume(sink, batchOf([JSON.stringify(message), big])), { rejected: [] });
    const rows = await db.rows(
      "SELECT id, small, amount::text, ratio, active, name, tags, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') AS at, convert_from(raw, 'UTF8') AS raw, uid::text, addr::text FROM messages ORDER BY id",
    );
    const { more, ...expected } = message;
    assert.ok(more);
    assert.deepEqual(rows[0], { ...expected, id: "1", at: "2024-02-29 12:00:00.123456", addr: "10.0.0.1/32" });
    assert.deepEqual(rows[1], {
      id: "9223372036854775807",
      small: null,
      amount: null,
      ratio: null,
      active: null,
      name: '{"a":1}',
      tags: null,
      at: null,
      raw: null,
      uid: null,
      addr: null,
    });
  });

  it("rejects values of another type, each with its column, and writes the others", async (t) => {
    const db = await database(t);
    await db.rows(
      "CREATE TABLE messages (n integer, b boolean, at date, x varchar(3), c int CHECK (c > 0), nn int NOT NULL DEFAULT 1)",
    );
    const sink = await db.open(COLUMNS);
    const bad = [
      '{"n":1.5}',
      '{"n":2147483648}',
      '{"n":"x"}',
      '{"b":"true"}',
      '{"at":7}',
      '{"x":"toolong"}',
      '{"c":0}',
      '{"at":"nonsense"}',
      '{"nn":null}',
      "[]",
    ];
    const payloads = ['{"n":1}', ...bad, '{"n":"2"}'];
    const result = await consume(sink, batchOf(payloads));
    assert.deepEqual(
      new Set(reasons(result)),
      new Set([
        "1: column n is of type integer, the message has the number 1.5",
        "2: 2147483648 is out of range for column n of type integer",
        "3: column n is of type integer, the message has a string",
        "4: column b is of type boolean, the message has a string",
        "5: column at is of type date, the message has the number 7",
        "6: PostgreSQL: value too long for type character varying(3) (22001)",
        '7: PostgreSQL: new row for relation "messages" violates check constraint "messages_c_check" (23514)',
        '8: column at is of type date, and "nonsense" is not a time of ISO 8601 such as 2024-05-01T10:00:00Z',
        '9: PostgreSQL: null value in column "nn" of relation "messages" violates not-null constraint (23502)',
        '10: the message is not a JSON object, which layout = "columns" requires',
      ]),
    );
    assert.deepEqual(await db.column("n", "messages", "n"), [1, 2]);
    assert.deepEqual(await db.column("nn", "messages", "n"), [1, 1], "absent fields take the column's default");
  });

  it("makes a table of named columns, filled by paths", async (t) => {
    const db = await database(t);
    const sink = await db.open({
      layout: "columns",
      auto_create_table: true,
      key: ["user id"],
      columns: [
        { name: "user id", path: "user.id", type: "bigint" },
        { name: "first", path: "items[0].sku" },
        { name: "total", type: "numeric(12,2)", required: true },
      ],
    });
    const payloads = ['{"user":{"id":7},"items":[{"sku":"a"}],"total":"1.25"}', '{"user":{"id":8}}', '{"total":1}'];
    const result = await consume(sink, batchOf(payloads));
    assert.deepEqual(reasons(result), [
      "1: the message has no total, which column total requires",
      "2: the message has no user.id, which column user id requires",
    ]);
    assert.deepEqual(
      await db.rows('SELECT "user id", first, total, iggy_id, iggy_offset, iggy_topic, iggy_checksum FROM messages'),
      [
        {
          "user id": "7",
          first: "a",
          total: "1.25",
          iggy_id: "1",
          iggy_offset: "0",
          iggy_topic: "created",
          iggy_checksum: "0",
        },
      ],
    );
  });

  it("rejects fields without a column if configured", async (t) => {
    const db = await database(t);
    await db.rows("CREATE TABLE messages (a int)");
    const sink = await db.open({ ...COLUMNS, unknown_fields: "reject" });
    const result = await consume(sink, batchOf(['{"a":1}', '{"a":2,"b":3}', '{"__proto__":1,"a":4}']));
    assert.deepEqual(reasons(result), ['1: the field "b" has no column', '2: the field "__proto__" has no column']);
    assert.deepEqual(await db.column("a", "messages", "a"), [1]);
  });

  it("adds columns for new fields, of the type that holds all their values", async (t) => {
    const db = await database(t);
    await db.rows("CREATE TABLE messages (a int)");
    const sink = await db.open({ ...COLUMNS, unknown_fields: "add" });
    await consume(sink, batchOf(['{"a":1}']));
    const hostile = 'x"; DROP TABLE messages; --';
    const payloads = [
      { a: 2, n: 1, f: 1, t: "x", o: [1], nothing: null, [hostile]: true },
      { a: 3, n: 2, f: 1.5, t: 7, o: { p: 1 } },
    ];
    assert.deepEqual(
      await consume(
        sink,
        batchOf(
          payloads.map((one) => JSON.stringify(one)),
          { firstOffset: 1n },
        ),
      ),
      {
        rejected: [],
      },
    );
    await consume(sink, batchOf(['{"a":4,"n":5,"late":"y"}'], { firstOffset: 3n }));
    const types = await db.rows(
      "SELECT column_name AS name, data_type AS type FROM information_schema.columns WHERE table_name = 'messages' ORDER BY ordinal_position",
    );
    assert.deepEqual(
      types.map(({ name, type }) => `${name}: ${type}`),
      ["a: integer", "n: numeric", "f: numeric", "t: text", "o: jsonb", `${hostile}: boolean`, "late: text"],
    );
    const [row] = await db.rows("SELECT * FROM messages WHERE a = 3");
    assert.deepEqual(row, { a: 3, n: "2", f: "1.5", t: "7", o: { p: 1 }, [hostile]: null, late: null });

    const tooLong = "n".repeat(64);
    const result = await consume(sink, batchOf([JSON.stringify({ a: 5, [tooLong]: 1 })], { firstOffset: 4n }));
    assert.deepEqual(reasons(result), [`0: the field "${tooLong}" has no column`.replace("0:", "4:")]);
  });

  it("columns that are added in a transaction that fails are not there", async (t) => {
    const db = await database(t);
    await db.rows("CREATE TABLE messages (a int)");
    const sink = await db.open({ ...COLUMNS, unknown_fields: "add", offsets: "iggy" });
    await db.rows(
      "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '53100'; END $$",
    );
    await db.rows("CREATE TRIGGER fail BEFORE INSERT ON messages EXECUTE FUNCTION fail()");
    await assert.rejects(consume(sink, batchOf(['{"a":1,"b":2}'])), /53100/);
    await db.rows("DROP TRIGGER fail ON messages");
    assert.deepEqual(await db.rows("SELECT * FROM messages"), []);
    await consume(sink, batchOf(['{"a":1,"b":2}']));
    assert.deepEqual(await db.rows("SELECT * FROM messages"), [{ a: 1, b: "2" }]);
  });
});

describe("rows whose key exists", { skip: postgresMissing() }, () => {
  const KEYED = { ...COLUMNS, key: ["k"] };

  for (const method of ["copy", "insert"]) {
    it(`replace the former by upsert, the last of a batch wins, by ${method}`, async (t) => {
      const db = await database(t);
      await db.rows("CREATE TABLE messages (k int PRIMARY KEY, v text, at timestamptz DEFAULT now())");
      const sink = await db.open({ ...KEYED, insert_mode: "upsert", method, batch_size: 2 });
      const first = ['{"k":1,"v":"a"}', '{"k":2,"v":"b"}', '{"k":1,"v":"c"}', '{"k":null,"v":"no key"}'];
      assert.deepEqual(reasons(await consume(sink, batchOf(first))), [
        "3: the message has no k, which column k requires",
      ]);
      await consume(sink, batchOf(['{"k":2,"v":"d"}', '{"k":3}'], { firstOffset: 4n }));
      assert.deepEqual(await db.rows("SELECT k, v, at IS NOT NULL AS at FROM messages ORDER BY k"), [
        { k: 1, v: "c", at: true },
        { k: 2, v: "d", at: true },
        { k: 3, v: null, at: true },
      ]);
    });
  }

  it("are left out by ignore, the first one stays", async (t) => {
    const db = await database(t);
    await db.rows("CREATE TABLE messages (k int PRIMARY KEY, v text)");
    const sink = await db.open({ ...KEYED, insert_mode: "ignore" });
    await consume(sink, batchOf(['{"k":1,"v":"a"}', '{"k":1,"v":"b"}']));
    await consume(sink, batchOf(['{"k":1,"v":"c"}', '{"k":2,"v":"d"}'], { firstOffset: 2n }));
    assert.deepEqual(await db.rows("SELECT k, v FROM messages ORDER BY k"), [
      { k: 1, v: "a" },
      { k: 2, v: "d" },
    ]);
  });

  it("are rejected by insert with the key, all others are written, wherever they stand", async (t) => {
    const db = await database(t);
    await db.rows("CREATE TABLE messages (k int PRIMARY KEY)");
    await db.rows("INSERT INTO messages SELECT 10 * n FROM generate_series(0, 9) n");
    const sink = await db.open(COLUMNS);
    const result = await consume(sink, batchOf(Array.from({ length: 100 }, (_, k) => `{"k":${k}}`)));
    assert.deepEqual(
      result.rejected?.map(({ offset }) => Number(offset)),
      [0, 10, 20, 30, 40, 50, 60, 70, 80, 90],
    );
    assert.match(reasons(result)[1] ?? "", /duplicate key .* \(23505\): Key \(k\)=\(10\) already exists/);
    assert.equal((await db.column("k", "messages", "k")).length, 100);
  });

  it("a violation of a deferred constraint is attributed to its row", async (t) => {
    const db = await database(t);
    await db.rows("CREATE TABLE messages (k int, UNIQUE (k) DEFERRABLE INITIALLY DEFERRED)");
    const sink = await db.open(COLUMNS);
    const result = await consume(sink, batchOf(['{"k":1}', '{"k":2}', '{"k":1}']));
    assert.deepEqual(
      result.rejected?.map(({ offset }) => offset),
      [2n],
    );
    assert.deepEqual(await db.column("k", "messages", "k"), [1, 2]);
  });

  it("upsert isolates what the database refuses", async (t) => {
    const db = await database(t);
    await db.rows("CREATE TABLE messages (k int PRIMARY KEY, v varchar(2))");
    const sink = await db.open({ ...KEYED, insert_mode: "upsert" });
    const result = await consume(
      sink,
      batchOf(['{"k":1,"v":"a"}', '{"k":3,"v":"long"}', '{"k":2,"v":"b"}', '{"k":1,"v":"c"}']),
    );
    assert.deepEqual(
      result.rejected?.map(({ offset }) => offset),
      [1n],
    );
    assert.deepEqual(await db.rows("SELECT k, v FROM messages ORDER BY k"), [
      { k: 1, v: "c" },
      { k: 2, v: "b" },
    ]);
  });
});
