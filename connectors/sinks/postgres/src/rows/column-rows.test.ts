import assert from "node:assert/strict";
import { test } from "node:test";
import { postgresMissing } from "@iggy-connectors/test-support";
import fc from "fast-check";
import { database } from "../../test/setup.ts";
import { arrayLiteral, type Cell } from "./column-rows.ts";

const cell: fc.Arbitrary<Cell> = fc.oneof(
  {
    weight: 1,
    arbitrary: fc.constantFrom<Cell[]>(null, undefined, "", "NULL", "{}", "\\", '"', "\\x", '\\x"', "\\x\\x"),
  },
  { weight: 2, arbitrary: fc.uint8Array().map((bytes) => `\\x${Buffer.from(bytes).toString("hex")}`) },
  { weight: 2, arbitrary: fc.json() },
  {
    weight: 2,
    arbitrary: fc.string({ unit: fc.constantFrom("\\", '"', "x", "\n", "\t", "\x7f", "é", "😀", "\ud800", ",", "}") }),
  },
  { weight: 1, arbitrary: fc.string({ unit: "binary" }) },
);

/** Every special character behind a backslash, which is how the manual describes it. */
function described(one: Cell): string {
  if (one === null || one === undefined) return "NULL";
  return `"${[...one].map((character) => (character === '"' || character === "\\" ? `\\${character}` : character)).join("")}"`;
}

test("an array is written as the manual describes it, whatever its elements are", () => {
  fc.assert(
    fc.property(fc.array(cell), (cells) => {
      assert.equal(arrayLiteral(cells), `{${cells.map(described).join(",")}}`);
    }),
    { numRuns: 2000 },
  );
});

test("the server reads the elements that were written", { skip: postgresMissing() }, async (t) => {
  const db = await database(t);
  // No text of PostgreSQL holds a NUL, and UTF-8 no half of a pair.
  const cells = fc.sample(cell, { numRuns: 1000, seed: 3 }).map((one) => one?.replaceAll("\0", "").toWellFormed());
  const rows = await db.rows("SELECT v FROM unnest($1::text[]) WITH ORDINALITY AS u (v, n) ORDER BY n", [
    arrayLiteral(cells),
  ]);
  assert.deepEqual(
    rows.map(({ v }) => v),
    cells.map((one) => one ?? null),
  );
});
