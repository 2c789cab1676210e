import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { postgresMissing } from "@iggy-connectors/test-support";
import { batchOf } from "@iggy-connectors/testing";
import { consume, database, reasons } from "./setup.ts";

const BARE = { include_metadata: false, include_checksum: false, include_origin_timestamp: false };
const COLUMNS = { layout: "columns", auto_create_table: false, ...BARE };
const METHODS = [{}, { method: "insert" }, { insert_mode: "upsert", key: ["k"] }] as const;

describe("values of columns", { skip: postgresMissing() }, () => {
  for (const settings of METHODS) {
    const by = JSON.stringify(settings);

    it(`numbers keep all their digits, documents their spelling, ${by}`, async (t) => {
      const db = await database(t);
      await db.rows(
        "CREATE TABLE messages (k int PRIMARY KEY, n numeric, f double precision, i bigint, j jsonb, js json, t text, nested text, s numeric(12,2))",
      );
      const numbers = [
        "12345678901234567.89",
        "0.1234567890123456789",
        "1.10",
        "1.0",
        "-0",
        "1e2",
        "18446744073709551616",
        "1e400",
      ];
      const payloads = numbers.map(
        (n, k) => `{"k":${k},"n":${n},"j":${n},"js":${n},"t":${n},"nested":{"z":${n},"10":1,"2":2,"a":1,"a":2}}`,
      );
      const sink = await db.open({ ...COLUMNS, ...settings });
      assert.deepEqual(await consume(sink, batchOf(payloads)), { rejected: [] });
      const rows = await db.rows("SELECT n::text, j::text, js::text, t, nested FROM messages ORDER BY k");
      const numeric = [
        "12345678901234567.89",
        "0.1234567890123456789",
        "1.10",
        "1.0",
        "0",
        "100",
        "18446744073709551616",
        `1${"0".repeat(400)}`,
      ];
      assert.deepEqual(
        rows.map(({ n }) => n),
        numeric,
      );
      assert.deepEqual(
        rows.map(({ j }) => j),
        numeric,
      );
      assert.deepEqual(
        rows.map(({ js }) => js),
        numbers,
      );
      assert.deepEqual(
        rows.map(({ t }) => t),
        numbers,
      );
      assert.deepEqual(
        rows.map(({ nested }) => nested),
        numbers.map((n) => `{"z":${n},"10":1,"2":2,"a":1,"a":2}`),
      );
      const result = await consume(
        sink,
        batchOf(
          [
            '{"k":20,"i":1.0}',
            '{"k":21,"i":1e2}',
            '{"k":22,"i":1.50}',
            '{"k":23,"i":1e400}',
            '{"k":24,"f":1e400}',
            '{"k":25,"f":"NaN","n":"Infinity"}',
            '{"k":26,"i":9223372036854775808}',
          ],
          { firstOffset: 20n },
        ),
      );
      assert.deepEqual(result.rejected?.map(({ offset }) => offset).sort(), [22n, 23n, 24n, 26n]);
      assert.match(reasons(result).join("\n"), /column i is of type bigint, the message has the number 1.50/);
      assert.deepEqual(await db.rows("SELECT i, f, n FROM messages WHERE k >= 20 ORDER BY k"), [
        { i: "1", f: null, n: null },
        { i: "100", f: null, n: null },
        { i: null, f: Number.NaN, n: "Infinity" },
      ]);
    });

    it(`times are the instants that were sent, whatever zone and style the role has, ${by}`, async (t) => {
      const db = await database(t);
      const name = new URL(db.url).pathname.slice(1);
      await db.rows(
        `ALTER DATABASE ${name} SET timezone = 'America/New_York'; ALTER DATABASE ${name} SET datestyle = 'SQL, DMY'`,
      );
      await db.rows(`ALTER DATABASE ${name} SET intervalstyle = 'sql_standard'`);
      await db.rows(
        "CREATE TABLE messages (k int PRIMARY KEY, ts timestamp, d date, tz timestamptz, tm time, iv interval)",
      );
      const sink = await db.open({ ...COLUMNS, ...settings });
      const good = [
        {
          k: 0,
          ts: "2024-05-01T10:00:00+02:00",
          d: "2024-05-01T23:30:00-05:00",
          tz: "2024-05-01T14:00:00",
          iv: "-1 2:03:04",
        },
        {
          k: 1,
          ts: "2024-05-01T10:00:00",
          d: "2024-05-01",
          tz: "2024-05-01T14:00:00.123456+02:00",
          tm: "23:30:00-05:00",
        },
        { k: 2, ts: "-infinity", d: "infinity", tz: "infinity" },
      ];
      const bad = ["01/02/2024", "now", "yesterday", "2023-02-30", "2024-05-01T10:00:00.1234567Z"].map((ts, n) => ({
        k: 10 + n,
        ts,
      }));
      const result = await consume(sink, batchOf([...good, ...bad].map((row) => JSON.stringify(row))));
      assert.deepEqual(result.rejected?.map(({ offset }) => offset).sort(), [3n, 4n, 5n, 6n, 7n]);
      await db.rows("SET timezone = 'UTC'; SET datestyle = 'ISO, YMD'; SET intervalstyle = 'postgres'");
      assert.deepEqual(
        await db.rows("SELECT ts::text, d::text, tz::text, tm::text, iv::text FROM messages ORDER BY k"),
        [
          {
            ts: "2024-05-01 08:00:00",
            d: "2024-05-02",
            tz: "2024-05-01 14:00:00+00",
            tm: null,
            iv: "-1 days +02:03:04",
          },
          { ts: "2024-05-01 10:00:00", d: "2024-05-01", tz: "2024-05-01 12:00:00.123456+00", tm: "04:30:00", iv: null },
          { ts: "-infinity", d: "infinity", tz: "infinity", tm: null, iv: null },
        ],
      );
    });

    it(`arrays, and types that PostgreSQL reads from text, ${by}`, async (t) => {
      const db = await database(t);
      await db.rows("CREATE EXTENSION citext; CREATE EXTENSION hstore; CREATE TYPE mood AS ENUM ('ok', 'so ''so')");
      await db.rows("CREATE DOMAIN positive AS int CHECK (VALUE > 0); CREATE DOMAIN tags AS text[]");
      await db.rows(
        `CREATE TABLE messages (k int PRIMARY KEY, t text[], i int[], n numeric[], j jsonb[], tz timestamptz[], b bytea[], bo boolean[],
          m mood, ms mood[], p positive, dt tags, c citext, h hstore, r int4range, rs int4range[], ip inet, u uuid[], v varchar(3)[], x bit(3), ch "char", bx box[])`,
      );
      const full = `{"k":1,"t":["a","b,\\"c\\"","\\\\",null,"NULL","{}",""],"i":[[1,2],[3,4]],"n":[1.10,12345678901234567890.5,"7"],
        "j":[{"a":1.0},[1],"x",null],"tz":["2024-05-01T10:00:00+02:00"],"b":["ab"],"bo":[true,false],"m":"so 'so","ms":["ok"],"p":3,"dt":["x"],
        "c":"A","h":{"a":1.10,"b\\"":null,"c":{"d":1}},"r":"[1,5)","rs":["[1,5)"],"ip":"10.0.0.1","u":["00000000-0000-0000-0000-000000000001"],
        "v":["abc"],"x":"101","ch":"q","bx":["(1,1),(0,0)"]}`;
      const bad = [
        '{"k":2,"i":[1.5]}',
        '{"k":3,"i":5}',
        '{"k":4,"i":[[1],[2,3]]}',
        '{"k":5,"v":["abcd"]}',
        '{"k":6,"m":"bad"}',
        '{"k":7,"p":-1}',
        '{"k":8,"ip":{}}',
      ];
      const more = ['{"k":20,"i":[],"t":"{x,y}","h":"a=>1","n":null}'];
      const result = await consume(await db.open({ ...COLUMNS, ...settings }), batchOf([full, ...bad, ...more]));
      assert.deepEqual(
        result.rejected?.map(({ offset }) => offset).sort(),
        [1n, 2n, 3n, 4n, 5n, 6n, 7n],
        reasons(result).join("\n"),
      );
      const [row, other] = await db.rows(
        `SELECT t, i, n::text[] AS n, j::text AS j, (tz[1] AT TIME ZONE 'UTC')::text AS tz, convert_from(b[1], 'UTF8') AS b, bo, m, ms::text, p, dt, c, h::text, r::text, rs::text, ip::text, u, v, x::text, ch, bx::text FROM messages ORDER BY k`,
      );
      assert.deepEqual(row, {
        t: ["a", 'b,"c"', "\\", null, "NULL", "{}", ""],
        i: [
          [1, 2],
          [3, 4],
        ],
        n: ["1.10", "12345678901234567890.5", "7"],
        j: '{"{\\"a\\": 1.0}",[1],"\\"x\\"",NULL}',
        tz: "2024-05-01 08:00:00",
        b: "ab",
        bo: [true, false],
        m: "so 'so",
        ms: "{ok}",
        p: 3,
        dt: ["x"],
        c: "A",
        h: '"a"=>"1.10", "c"=>"{\\"d\\":1}", "b\\""=>NULL',
        r: "[1,5)",
        rs: '{"[1,5)"}',
        ip: "10.0.0.1/32",
        u: ["00000000-0000-0000-0000-000000000001"],
        v: ["abc"],
        x: "101",
        ch: "q",
        bx: "{(1,1),(0,0)}",
      });
      assert.deepEqual([other?.i, other?.t, other?.h, other?.n], [[], ["x", "y"], '"a"=>"1"', null]);
    });

    it(`bytes in the encoding that is configured, ${by}`, async (t) => {
      const db = await database(t);
      await db.rows("CREATE TABLE messages (k int PRIMARY KEY, a bytea, b bytea, c bytea)");
      const sink = await db.open({
        ...COLUMNS,
        ...settings,
        bytes_encoding: "base64",
        columns: [{ name: "k" }, { name: "a" }, { name: "b", encoding: "hex" }, { name: "c", encoding: "utf8" }],
      });
      const result = await consume(
        sink,
        batchOf(['{"k":1,"a":"AP/+","b":"00ff","c":"00ff"}', '{"k":2,"a":"*"}', '{"k":3,"b":"0"}']),
      );
      assert.deepEqual(reasons(result), [
        "1: column a is of type bytea, and the string is not base64",
        "2: column b is of type bytea, and the string is not hex",
      ]);
      const [row] = await db.rows("SELECT a, b, c FROM messages");
      assert.deepEqual(row, { a: Buffer.from([0, 255, 254]), b: Buffer.from([0, 255]), c: Buffer.from("00ff") });
    });
  }

  it("texts as the input of the type reads them, also where somebody made a cast", async (t) => {
    const db = await database(t);
    await db.rows(`CREATE TYPE mood AS ENUM ('low', 'HIGH')`);
    await db.rows(
      "CREATE FUNCTION loud(text) RETURNS mood LANGUAGE plpgsql AS $$ BEGIN RETURN upper($1)::cstring::mood; END $$",
    );
    await db.rows("CREATE CAST (text AS mood) WITH FUNCTION loud(text)");
    await db.rows(`CREATE TABLE messages (k int PRIMARY KEY, m mood, l "char", u uuid, s text)`);
    for (const [number, settings] of METHODS.entries()) {
      await db.rows("TRUNCATE messages");
      const sink = await db.open({ ...COLUMNS, ...settings });
      // In the first batch the column has one value.
      for (const [index, payloads] of [
        ['{"k":1,"m":"low"}', '{"k":2,"m":"low"}'],
        ['{"k":3,"m":"low","l":"x","u":"6F9619FF8B86D011B42D00CF4FC964FF","s":"a,b"}', '{"k":4,"m":"HIGH","l":"é"}'],
        ['{"k":5,"m":"high"}', '{"k":6}'],
      ].entries()) {
        const result = await consume(sink, batchOf(payloads, { firstOffset: BigInt(number * 6 + index * 2) }));
        assert.deepEqual(
          reasons(result),
          index < 2 ? [] : [`${number * 6 + 4}: PostgreSQL: invalid input value for enum mood: "high" (22P02)`],
        );
      }
      assert.deepEqual(await db.rows("SELECT k, m, u, s FROM messages ORDER BY k"), [
        { k: 1, m: "low", u: null, s: null },
        { k: 2, m: "low", u: null, s: null },
        { k: 3, m: "low", u: "6f9619ff-8b86-d011-b42d-00cf4fc964ff", s: "a,b" },
        { k: 4, m: "HIGH", u: null, s: null },
        { k: 6, m: null, u: null, s: null },
      ]);
      await sink.close();
    }
  });

  it("nanoseconds are cut if configured", async (t) => {
    const db = await database(t);
    await db.rows("CREATE TABLE messages (ts timestamp)");
    const sink = await db.open({ ...COLUMNS, excess_precision: "truncate" });
    await consume(sink, batchOf(['{"ts":"2024-05-01T23:59:59.9999999Z"}']));
    assert.deepEqual(await db.rows("SELECT ts::text FROM messages"), [{ ts: "2024-05-01 23:59:59.999999" }]);
  });
});

describe("names of fields", { skip: postgresMissing() }, () => {
  it("find the column that an unquoted name made", async (t) => {
    const db = await database(t);
    await db.rows('CREATE TABLE messages (userId bigint, "Exact" int, exact int)');
    const sink = await db.open(COLUMNS);
    const result = await consume(
      sink,
      batchOf([
        '{"userId":1,"Exact":2}',
        '{"userid":2,"userID":9}',
        '{"USERID":3,"EXACT":4}',
        '{"userId":4,"UserId":5}',
        '{"user_id":6}',
        "{}",
      ]),
    );
    assert.deepEqual(reasons(result), [
      '3: the fields "userId" and "UserId" both stand for the column userid',
      '4: no field of the message has a column, such as "user_id"',
    ]);
    assert.deepEqual(await db.rows("SELECT * FROM messages ORDER BY userid NULLS LAST"), [
      { userid: "1", Exact: 2, exact: null },
      { userid: "2", Exact: null, exact: null },
      { userid: "3", Exact: null, exact: 4 },
      { userid: null, Exact: null, exact: null },
    ]);
  });
});
