import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type LogicalType, postgresMissing, VALUE_CASES, type ValueCase } from "@iggy-connectors/test-support";
import { batchOf, openContext } from "@iggy-connectors/testing";
import { consume, database, reasons, SIGNAL } from "./setup.ts";

/** The column that a value of a type belongs into, and how it is printed for the comparison. */
const COLUMNS: Readonly<Record<LogicalType, readonly [type: string, shown: string]>> = {
  bool: ["boolean", "v::text"],
  int32: ["integer", "v::text"],
  int64: ["bigint", "v::text"],
  uint64: ["numeric(20,0)", "v::text"],
  integer: ["numeric", "v::text"],
  decimal: ["numeric", "v::text"],
  float32: ["real", "v::text"],
  float64: ["double precision", "v::text"],
  not_finite: ["double precision", "v::text"],
  string: ["text", "v"],
  bytes: ["bytea", "encode(v, 'hex')"],
  date: ["date", "v::text"],
  time: ["time", "v::text"],
  timestamp: ["timestamptz", `to_char(v AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`],
  local_timestamp: ["timestamp", `to_char(v, 'YYYY-MM-DD"T"HH24:MI:SS.US')`],
  duration: ["interval", "extract(epoch FROM v)::float8::text"],
  uuid: ["uuid", "v::text"],
  enum: ["text", "v"],
  array: ["jsonb", "v::text"],
  map: ["jsonb", "v::text"],
  object: ["jsonb", "v::text"],
  null: ["text", "v"],
  missing: ["text", "v"],
};

const NUMBERS: ReadonlySet<LogicalType> = new Set<LogicalType>([
  "int32",
  "int64",
  "uint64",
  "integer",
  "decimal",
  "float32",
  "float64",
  "not_finite",
]);

/** What the column says of the value as it was delivered. */
function expected(one: ValueCase, json: string): string | null {
  const text = /^\{"v":(.*)\}$/s.exec(json)?.[1];
  if (text === undefined || text === "null") return null;
  const plain = text.startsWith('"') ? (JSON.parse(text) as string) : text;
  switch (one.type) {
    case "bytes":
      return one.bytes ?? "";
    case "timestamp":
    case "local_timestamp": {
      const [, local = "", fraction = ""] = /^(.{19})(?:\.(\d+))?/.exec(plain) ?? [];
      const shift = plain.endsWith("+02:00") ? 2 : 0;
      const utc = new Date(Date.parse(`${local}Z`) - shift * 3_600_000).toISOString().slice(0, 19);
      return `${utc}.${fraction.padEnd(6, "0").slice(0, 6)}${one.type === "timestamp" ? "Z" : ""}`;
    }
    case "time":
      return plain.replace(/0+$/, "").replace(/\.$/, "");
    case "duration":
      return String(Number.parseFloat(plain));
    case "array":
    case "map":
    case "object":
      return text.replaceAll(",", ", ").replaceAll(":", ": ");
    default:
      return plain;
  }
}

describe("what every codec delivers", { skip: postgresMissing() }, () => {
  it("is what the column of its type says", async (t) => {
    const db = await database(t);
    await db.rows("SET bytea_output = hex");
    for (const [index, one] of VALUE_CASES.entries()) {
      const { json } = one;
      if (json === undefined || !/^\{("v":|\})/.test(json)) continue;
      const [type, shown] = COLUMNS[one.type];
      const table = `v${index}`;
      await db.rows(`CREATE TABLE ${table} (k int DEFAULT 1, v ${type})`);
      const sink = db.create({
        target_table: table,
        auto_create_table: false,
        layout: "columns",
        include_metadata: false,
        include_checksum: false,
        include_origin_timestamp: false,
        offsets: "iggy",
        excess_precision: "truncate",
        bytes_encoding: "base64",
        max_connections: 1,
      });
      await sink.open(openContext(SIGNAL));
      const result = await consume(sink, batchOf([json]));
      await sink.close();
      assert.deepEqual(reasons(result), [], one.name);
      const [row] = await db.rows(`SELECT ${shown} AS shown FROM ${table}`);
      const text = expected(one, json);
      const [said] = NUMBERS.has(one.type) ? await db.rows(`SELECT $1::${type}::text AS text`, [text]) : [{ text }];
      assert.deepEqual(row?.shown, said?.text, one.name);
    }
  });
});
