import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { gunzipSync, zstdDecompressSync } from "node:zlib";
import { isFatal, isRejected } from "@iggy-connectors/sdk";
import { missingPython, pythonPackages, VALUE_CASES } from "@iggy-connectors/test-support";
import { batchOf, temporaryFolder } from "@iggy-connectors/testing";
import fc from "fast-check";
import { parquetReadObjects } from "hyparquet";
import { s3SinkConfig } from "../config.ts";
import type { Draft, Format } from "./format.ts";
import { parquetFormat } from "./parquet-format.ts";

const run = promisify(execFile);

const COLUMNS = [
  { name: "id", type: "int64", required: true },
  { name: "mail", path: "user.mail", type: "string" },
  { name: "count", type: "int32" },
  { name: "ratio", type: "double" },
  { name: "active", type: "boolean" },
  { name: "at", type: "timestamp" },
  { name: "rest", type: "json" },
];

const format = (settings: Record<string, unknown> = {}): Promise<Format> =>
  parquetFormat(s3SinkConfig.parse({ bucket: "b", region: "r", output_format: "parquet", ...settings }));

const COMPRESSORS = {
  GZIP: (bytes: Uint8Array) => gunzipSync(bytes),
  ZSTD: (bytes: Uint8Array) => zstdDecompressSync(bytes),
};

async function rowsOf(draft: Draft, utf8 = true): Promise<Record<string, unknown>[]> {
  const bytes = await draft.encode();
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
  return parquetReadObjects({ file, compressors: COMPRESSORS, utf8 });
}

test("fields become typed columns beside the metadata", async () => {
  const target = await format({ columns: COLUMNS });
  const draft = target.begin();
  const payload = {
    id: 7,
    user: { mail: "a@b.example" },
    count: -3,
    ratio: 2,
    active: false,
    at: "2026-03-04T05:06:07.123456Z",
    rest: { deep: [1] },
  };
  draft.add(batchOf([JSON.stringify(payload)], { firstOffset: 41n }), 0);
  draft.add(batchOf(['{"id":9007199254740993,"at":1700000000000001}'], { firstOffset: 42n }), 0);
  assert.equal(target.extension, ".parquet");
  const [one, two] = await rowsOf(draft);
  assert.deepEqual(one, {
    offset: 41n,
    timestamp: new Date("2023-11-14T22:13:20.000Z"),
    stream: "orders",
    topic: "created",
    partition_id: 0n,
    id: 7n,
    mail: "a@b.example",
    count: -3,
    ratio: 2,
    active: false,
    at: new Date("2026-03-04T05:06:07.123Z"),
    rest: '{"deep":[1]}',
  });
  assert.equal(two?.id, 9_007_199_254_740_993n);
  assert.equal(two?.mail, null);
});

test("a value of another type rejects its message, and its row is left out whole", async () => {
  const draft = (await format({ columns: COLUMNS })).begin();
  const payloads = [
    '{"id":1}',
    '{"id":"one"}',
    '{"mail":"no id"}',
    '{"id":2,"count":2147483648}',
    '{"id":3,"count":1.5}',
    '{"id":9223372036854775808}',
    '{"id":4,"at":"yesterday"}',
    '{"id":5,"active":"true"}',
    "[1]",
    '{"id":6}',
  ];
  const batch = batchOf(payloads);
  const refused: number[] = [];
  for (let index = 0; index < batch.length; index++) {
    try {
      draft.add(batch, index);
    } catch (error) {
      assert.ok(isRejected(error) && /^IGC_SINK_S3_(COLUMN|ROW)$/.test(error.code), String(error));
      refused.push(index);
    }
  }
  assert.deepEqual(refused, [1, 2, 3, 4, 5, 6, 7, 8]);
  assert.deepEqual(
    (await rowsOf(draft)).map(({ id }) => id),
    [1n, 6n],
  );
});

test("without columns the payload is one: text for JSON and text, bytes for raw", async () => {
  const text = (await format({ include_metadata: false })).begin();
  text.add(batchOf(['{"a": 1}']), 0);
  assert.deepEqual(await rowsOf(text), [{ payload: '{"a": 1}' }]);
  const target = await format({ include_metadata: false });
  const raw = target.begin();
  raw.add(batchOf([Uint8Array.of(255, 0, 1)], { schema: "raw" }), 0);
  assert.deepEqual(await rowsOf(raw, false), [{ payload: Uint8Array.of(255, 0, 1) }]);
  const withColumns = await format({ columns: COLUMNS });
  assert.throws(
    () => withColumns.checkSchema(batchOf(["x"], { schema: "text" })),
    (error) => isFatal(error) && error.code === "IGC_SINK_S3_FORMAT",
  );
});

test("what goes in comes out, in every compression, also when the front was cut off", async () => {
  const row = fc.record(
    {
      id: fc.maxSafeInteger(),
      user: fc.record({ mail: fc.string({ unit: "grapheme" }) }),
      ratio: fc.double({ min: -1e15, max: 1e15, noNaN: true }),
    },
    { requiredKeys: ["id"] },
  );
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom("none", "snappy", "gzip", "zstd"),
      fc.array(row, { minLength: 1, maxLength: 40 }),
      fc.nat(),
      async (compression, rows, seed) => {
        const draft = (await format({ compression, columns: COLUMNS.slice(0, 4) })).begin();
        const batch = batchOf(rows.map((value) => JSON.stringify(value)));
        for (let index = 0; index < batch.length; index++) draft.add(batch, index);
        const drop = seed % rows.length;
        draft.dropFirst(drop);
        assert.deepEqual(
          (await rowsOf(draft)).map(({ offset, id, mail, ratio }) => [offset, id, mail, ratio]),
          rows.slice(drop).map(({ id, user, ratio }, index) => [
            BigInt(index + drop),
            BigInt(id),
            user?.mail ?? null,
            // JSON has no negative zero.
            ratio === undefined ? null : JSON.parse(JSON.stringify(ratio)),
          ]),
        );
      },
    ),
  );
});

/** The cells of one column for these values, or the reason of its refusal for each. */
async function cellsOf(column: Record<string, unknown>, values: readonly string[]): Promise<unknown[]> {
  const target = await format({ include_metadata: false, columns: [{ name: "v", ...column }] });
  const cells: unknown[] = [];
  for (const value of values) {
    const draft = target.begin();
    try {
      draft.add(batchOf([value.startsWith("{") ? value : `{"v":${value}}`]), 0);
    } catch (error) {
      assert.ok(isRejected(error), String(error));
      cells.push(error.message.replace(/^.* the message at offset 0 has /, "refused "));
      continue;
    }
    const file = Uint8Array.from(await draft.encode()).buffer;
    // As stored: hyparquet would make dates and doubles of dates, times and decimals.
    const [row] = await parquetReadObjects({ file, compressors: COMPRESSORS, parsers: AS_STORED });
    cells.push(row?.v);
  }
  return cells;
}

const AS_STORED = {
  timestampFromMicroseconds: (micros: bigint) => micros,
  timestampFromNanoseconds: (nanos: bigint) => nanos,
  dateFromDays: (days: number) => days,
  stringFromBytes: (bytes: Uint8Array) => new TextDecoder().decode(bytes),
} as never;

test("times are in the calendar, and as exact as they were", async () => {
  const times = [
    '"2023-02-28T00:00:00Z"',
    '"2023-02-30T00:00:00Z"',
    '"2023-04-31T00:00:00Z"',
    '"2024-02-29T00:00:00Z"',
    '"2023-02-29T00:00:00Z"',
    '"2023-01-01T24:00:00Z"',
    '"2023-01-01T23:60:00Z"',
    '"2024-05-01T10:00:00+02:00"',
    '"2024-05-01 10:00:00.5Z"',
    '"2024-05-01T10:00:00.123456789Z"',
    '"2024-05-01"',
    '"2024-05-01T10:00:00"',
    '"1969-12-31T23:59:59.999999Z"',
    '"now"',
    "true",
    "1.5",
    "17",
  ];
  const day = BigInt(Date.UTC(2024, 4, 1)) * 1000n;
  const hour = 3_600_000_000n;
  assert.deepEqual(await cellsOf({ type: "timestamp" }, times), [
    BigInt(Date.UTC(2023, 1, 28)) * 1000n,
    'refused "2023-02-30T00:00:00Z" at v',
    'refused "2023-04-31T00:00:00Z" at v',
    BigInt(Date.UTC(2024, 1, 29)) * 1000n,
    'refused "2023-02-29T00:00:00Z" at v',
    'refused "2023-01-01T24:00:00Z" at v',
    'refused "2023-01-01T23:60:00Z" at v',
    day + 8n * hour,
    day + 10n * hour + 500_000n,
    'refused "2024-05-01T10:00:00.123456789Z" at v',
    day,
    day + 10n * hour,
    -1n,
    'refused "now" at v',
    "refused true at v",
    "refused 1.5 at v",
    17n,
  ]);
  assert.deepEqual(
    await cellsOf({ type: "timestamp_nanos" }, [
      times[9]!,
      '"2262-04-12T00:00:00Z"',
      '"1677-09-21T00:12:43.145224192Z"',
    ]),
    [(day + 10n * hour) * 1000n + 123_456_789n, 'refused "2262-04-12T00:00:00Z" at v', -(2n ** 63n)],
  );
  assert.deepEqual(
    await cellsOf({ type: "date" }, [
      '"2024-05-01"',
      '"1969-12-31"',
      '"2023-02-30"',
      '"2024-05-01T23:30:00-05:00"',
      "3",
    ]),
    [19_844, -1, 'refused "2023-02-30" at v', 19_845, 3],
  );
});

test("numbers keep their digits or are refused", async () => {
  const numbers = ["0.1", "1e39", "1e400", "-1e39", '"NaN"', '"Infinity"', '"-Infinity"', '"1.5"', "16777216"];
  assert.deepEqual(await cellsOf({ type: "float" }, numbers), [
    Math.fround(0.1),
    "refused 1e39 at v",
    "refused 1e400 at v",
    "refused -1e39 at v",
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    'refused "1.5" at v',
    16_777_216,
  ]);
  assert.deepEqual(await cellsOf({ type: "double" }, numbers.slice(0, 5)), [
    0.1,
    1e39,
    "refused 1e400 at v",
    -1e39,
    Number.NaN,
  ]);
  const integers = [
    "1.0",
    "1e2",
    "1.5",
    '"9223372036854775807"',
    '"-9223372036854775808"',
    "9223372036854775808",
    '"1.0"',
    '""',
  ];
  assert.deepEqual(await cellsOf({ type: "int64" }, integers), [
    1n,
    100n,
    "refused 1.5 at v",
    2n ** 63n - 1n,
    -(2n ** 63n),
    "refused 9223372036854775808 at v",
    'refused "1.0" at v',
    'refused "" at v',
  ]);
  assert.deepEqual(await cellsOf({ type: "int32" }, ["2147483647", "2147483648", "-2147483648"]), [
    2_147_483_647,
    "refused 2147483648 at v",
    -2_147_483_648,
  ]);
  assert.deepEqual(await cellsOf({ type: "boolean" }, ["true", "0", "1", '"true"', "null"]), [
    true,
    "refused 0 at v",
    "refused 1 at v",
    'refused "true" at v',
    null,
  ]);
  const documents = ["12345678901234567.89", "1.10", "1e2", "-0", '{"v":{"10":1,"2":2,"a":1.0,"a":2}}'];
  assert.deepEqual(await cellsOf({ type: "json" }, documents), [
    ...documents.slice(0, 4),
    '{"10":1,"2":2,"a":1.0,"a":2}',
  ]);
});

test("bytes are base64 or an array of bytes, anything else is refused", async () => {
  const values = ['"AAH+/w=="', "[0,1,254,255]", '""', '"no base64!"', "[256]", "7"];
  const bytes = Uint8Array.of(0, 1, 254, 255);
  const found = await (async () => {
    const target = await format({ include_metadata: false, columns: [{ name: "v", type: "binary" }] });
    const draft = target.begin();
    const refused: number[] = [];
    for (const [index, value] of values.entries()) {
      try {
        draft.add(batchOf([`{"v":${value}}`]), 0);
      } catch (error) {
        assert.ok(isRejected(error));
        refused.push(index);
      }
    }
    return { refused, rows: await rowsOf(draft, false) };
  })();
  assert.deepEqual(found.refused, [3, 4, 5]);
  assert.deepEqual(
    found.rows.map(({ v }) => v),
    [bytes, bytes, new Uint8Array(0)],
  );
});

test("what is not an object, or has none of the fields, gives no row; what names several values is refused at the start", async () => {
  const target = await format({
    columns: [
      { name: "a", type: "int64" },
      { name: "b", path: "c.d", type: "json" },
    ],
  });
  const draft = target.begin();
  for (const payload of ["5", "null", "[1,2]", '"text"', "{}", '{"A":1}', '{"c":{"e":1}}', '[{"a":1}]'])
    assert.throws(
      () => draft.add(batchOf([payload]), 0),
      (error) => isRejected(error) && error.code === "IGC_SINK_S3_ROW",
      payload,
    );
  for (const payload of ['{"a":null}', '{"c":{"d":0}}']) draft.add(batchOf([payload]), 0);
  assert.deepEqual(
    (await rowsOf(draft)).map(({ a, b }) => [a, b]),
    [
      [null, null],
      [null, "0"],
    ],
  );
  const settings = (path: string) => ({
    bucket: "b",
    region: "r",
    output_format: "parquet",
    columns: [{ name: "id", path, type: "int64" }],
  });
  assert.match(String(s3SinkConfig.safeParse(settings("items[*].id")).error), /columns\[0\]\.path|several values/);
  assert.ok(s3SinkConfig.safeParse(settings("items[0].id")).success);
});

/** The columns that hold a value of the type as it is. */
const NATURAL: Readonly<Record<string, readonly Record<string, unknown>[]>> = {
  bool: [{ type: "boolean" }],
  int32: [{ type: "int32" }, { type: "int64" }, { type: "decimal" }],
  int64: [{ type: "int64" }, { type: "decimal" }],
  uint64: [{ type: "decimal", precision: 20 }],
  float32: [{ type: "float" }],
  float64: [{ type: "double" }],
  not_finite: [{ type: "double" }, { type: "float" }],
  string: [{ type: "string" }],
  uuid: [{ type: "string" }],
  enum: [{ type: "string" }],
  bytes: [{ type: "binary" }],
  date: [{ type: "date" }, { type: "timestamp" }],
  timestamp: [{ type: "timestamp_nanos" }],
  local_timestamp: [{ type: "timestamp" }],
};

test("every value that a codec gives has a column that takes it, and JSON takes it as it is", async () => {
  let tried = 0;
  for (const { name, type, json } of VALUE_CASES) {
    if (json === undefined || !json.startsWith('{"v":') || json === '{"v":null}') continue;
    const text = json.slice('{"v":'.length, -1);
    assert.deepEqual(await cellsOf({ type: "json" }, [json]), [text], name);
    const digits = /^"?-?\d+(?:\.(\d+))?"?$/.exec(text);
    const decimal = type === "decimal" && digits !== null ? [{ type, scale: digits[1]?.length ?? 0 }] : [];
    for (const column of [...decimal, ...(NATURAL[type] ?? [])]) {
      const [cell] = await cellsOf(column, [json]);
      assert.ok(!String(cell).startsWith("refused"), `${name} as ${JSON.stringify(column)}: ${cell}`);
      if (typeof cell === "bigint" && /int/.test(type)) assert.equal(String(cell), text.replaceAll('"', ""), name);
      if (type === "float64") assert.equal(cell, Number(text), name);
      tried += 1;
    }
  }
  assert.ok(tried > 40, String(tried));
});

const READER = `
import json, sys
import pyarrow.parquet as parquet
table = parquet.read_table(sys.argv[1])
print(json.dumps({"schema": {field.name: str(field.type) for field in table.schema}, "rows": table.to_pylist()}, default=str))
`;

test("pyarrow reads every compression and type", { skip: await missingPython() }, async () => {
  await using folder = await temporaryFolder();
  const PYTHONPATH = await pythonPackages("pyarrow==26.0.1");
  for (const compression of ["none", "snappy", "gzip", "zstd"]) {
    const columns = [
      ...COLUMNS,
      { name: "price", type: "decimal", precision: 20, scale: 4 },
      { name: "day", type: "date" },
      { name: "exact", type: "timestamp_nanos" },
      { name: "blob", type: "binary" },
    ];
    const draft = (await format({ compression, columns, include_headers: true })).begin();
    const headers = new Map([["source", { kind: "string", value: "web" }] as const]);
    const payloads = Array.from({ length: 500 }, (_, index) =>
      JSON.stringify({
        id: index,
        user: { mail: `m${index % 7}@b.example` },
        count: -index,
        ratio: index / 4,
        active: index % 2 === 0,
        at: 1_700_000_000_000_000 + index,
        rest: [index],
        price: `${index}.0001`,
        day: "2024-05-01",
        exact: `2024-05-01T10:00:00.${String(index).padStart(6, "0")}Z`,
        blob: "AAH+/w==",
      }),
    );
    const batch = batchOf(payloads, { headers });
    for (let index = 0; index < batch.length; index++) draft.add(batch, index);
    const file = join(folder.path, `${compression}.parquet`);
    await writeFile(file, await draft.encode());
    const { stdout } = await run("python3", ["-c", READER, file], { env: { ...process.env, PYTHONPATH } });
    const { schema, rows } = JSON.parse(stdout);
    assert.deepEqual(schema, {
      offset: "int64",
      timestamp: "timestamp[us, tz=UTC]",
      stream: "string",
      topic: "string",
      partition_id: "int64",
      headers: "string",
      id: "int64",
      mail: "string",
      count: "int32",
      ratio: "double",
      active: "bool",
      at: "timestamp[us, tz=UTC]",
      rest: "string",
      price: "decimal128(20, 4)",
      day: "date32[day]",
      exact: "timestamp[ns, tz=UTC]",
      blob: "binary",
    });
    assert.equal(rows.length, 500);
    assert.deepEqual(rows[499], {
      offset: 499,
      timestamp: "2023-11-14 22:13:20.000499+00:00",
      stream: "orders",
      topic: "created",
      partition_id: 0,
      headers: '{"source":"web"}',
      id: 499,
      mail: "m2@b.example",
      count: -499,
      ratio: 124.75,
      active: false,
      at: "2023-11-14 22:13:20.000499+00:00",
      rest: "[499]",
      price: "499.0001",
      day: "2024-05-01",
      exact: "2024-05-01 10:00:00.000499+00:00",
      blob: String.raw`b'\x00\x01\xfe\xff'`,
    });
  }
});
