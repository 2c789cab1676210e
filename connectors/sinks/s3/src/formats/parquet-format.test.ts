import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { gunzipSync, zstdDecompressSync } from "node:zlib";
import { isFatal, isRejected } from "@iggy-connectors/sdk";
import { missingPython, pythonPackages } from "@iggy-connectors/test-support";
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
    '{"id":"1"}',
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
      assert.ok(isRejected(error) && error.code === "IGC_SINK_S3_COLUMN", String(error));
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
    const draft = (await format({ compression, columns: COLUMNS, include_headers: true })).begin();
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
    });
  }
});
