import assert from "node:assert/strict";
import { test } from "node:test";
import { postgresMissing } from "@iggy-connectors/test-support";
import fc from "fast-check";
import pg from "pg";
import { from as copyFrom } from "pg-copy-streams";
import { database } from "../../test/setup.ts";
import { CopyRows } from "./copy-rows.ts";

type Value = string | Uint8Array | null;

const value = fc.oneof(
  { weight: 1, arbitrary: fc.constant(null) },
  { weight: 4, arbitrary: fc.string({ unit: "binary" }).map((text) => text.replaceAll("\0", "") as Value) },
  {
    weight: 3,
    arbitrary: fc.string({
      unit: fc.constantFrom("\\", "\t", "\n", "\r", "N", ".", "x", "'", '"', "ü", "\b", "\v", "\f"),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.string({ unit: fc.constantFrom("a", "~", "\x7f", "\t", "\\", "é"), minLength: 55, maxLength: 90 }),
  },
  {
    weight: 2,
    arbitrary: fc.string({ unit: "binary-ascii", maxLength: 200 }).map((text) => text.replaceAll("\0", "") as Value),
  },
  { weight: 2, arbitrary: fc.uint8Array({ maxLength: 300 }) },
);

/** The text format of `COPY` read back as its manual describes it, written apart from the code under test. */
function parse(text: string): (string | null)[][] {
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) =>
      line.split("\t").map((field) => {
        if (field === "\\N") return null;
        return field.replace(/\\(.)/gs, (_, letter: string) => ({ t: "\t", n: "\n", r: "\r" })[letter] ?? letter);
      }),
    );
}

function write(rows: CopyRows, row: readonly Value[]): void {
  for (const one of row) {
    if (one === null) rows.null();
    else if (typeof one === "string") rows.text(one);
    else rows.binary(one);
  }
  rows.endRow();
}

const shown = (one: Value) => (one instanceof Uint8Array ? `\\x${Buffer.from(one).toString("hex")}` : one);

test("any values come back, and no value can forge a column or a row", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(value, value, value), { maxLength: 20 }), (table) => {
      const rows = new CopyRows(0);
      for (const row of table) write(rows, row);
      assert.equal(rows.length, table.length);
      const read = parse(Buffer.from(rows.range(0, rows.length)).toString("utf8"));
      assert.deepEqual(
        read,
        table.map((row) => row.map(shown)),
      );
      const half = rows.length >> 1;
      const halves = [rows.range(0, half), rows.range(half, rows.length)].map((part) => Buffer.from(part));
      assert.deepEqual(Buffer.concat(halves), Buffer.from(rows.range(0, rows.length)));
    }),
  );
});

test("a row that is taken back leaves nothing", () => {
  const rows = new CopyRows(0);
  write(rows, ["a", "b"]);
  rows.text("lost");
  rows.null();
  rows.discardRow();
  write(rows, ["c", "d"]);
  assert.equal(Buffer.from(rows.range(0, 2)).toString(), "a\tb\nc\td\n");
});

test("the server reads what was written", { skip: postgresMissing() }, async (t) => {
  const db = await database(t);
  await db.rows("CREATE TABLE copied (n serial, t text, u text, b bytea)");
  const client = new pg.Client(db.url);
  await client.connect();
  try {
    const table = fc.sample(fc.tuple(value, value, fc.uint8Array({ maxLength: 50 })), { numRuns: 500, seed: 7 });
    const rows = new CopyRows(0);
    for (const row of table) write(rows, row);
    const stream = client.query(copyFrom("COPY copied (t, u, b) FROM STDIN"));
    await new Promise((resolve, reject) =>
      stream.once("finish", resolve).once("error", reject).end(rows.range(0, rows.length)),
    );
    assert.deepEqual(
      (await db.rows("SELECT t, u, b FROM copied ORDER BY n")).map(({ t, u, b }) => [t, u, b]),
      table.map(([t, u, b]) => [shown(t), shown(u), Buffer.from(b)]),
    );
  } finally {
    await client.end();
  }
});
