import assert from "node:assert/strict";
import { test } from "node:test";
import { postgresMissing } from "@iggy-connectors/test-support";
import fc from "fast-check";
import { database } from "../../test/setup.ts";
import { type Cells, CellWriter } from "./cells.ts";

/** `undefined`: the row does not say the column. */
type Cell = string | null | undefined;
interface Row {
  readonly cell: Cell;
  readonly discarded: boolean;
}

const text = fc.oneof(
  fc.constantFrom("", "NULL", "{}", "\\", '"', "\\x", "a longer text than is written by ourselves", "é", "😀"),
  fc.string({ unit: "grapheme", maxLength: 40 }).map((value) => value.replaceAll("\0", "")),
);
const cell: fc.Arbitrary<Cell> = fc.oneof({ weight: 3, arbitrary: text }, fc.constantFrom<Cell>(null, undefined));
/** Few values, so that a column may have one in all rows. */
const rows: fc.Arbitrary<Row[]> = fc
  .array(cell, { minLength: 1, maxLength: 3 })
  .chain((values) => fc.array(fc.record({ cell: fc.constantFrom(...values), discarded: fc.boolean() })));

const METHODS: Readonly<Record<string, (writer: CellWriter, value: string) => void>> = {
  text: (writer, value) => writer.text(value),
  utf8: (writer, value) => writer.bytes(Buffer.from(value)),
  binary: (writer, value) => writer.binary(Buffer.from(value)),
};

function write(written: readonly Row[], method = METHODS.text!): { cells: Cells; expected: Cell[] } {
  const writer = new CellWriter(0);
  const expected: Cell[] = [];
  for (const { cell, discarded } of written) {
    if (cell === undefined) writer.absent();
    else if (cell === null) writer.null();
    else method(writer, cell);
    if (discarded) writer.discard();
    else expected.push(cell);
  }
  return { cells: writer.cells(), expected };
}

function read(cells: Cells): Cell[] {
  return Array.from({ length: cells.length }, (_, row) =>
    cells.isAbsent(row) ? undefined : (cells.value(row)?.toString() ?? null),
  );
}

for (const [name, method] of Object.entries(METHODS)) {
  test(`${name}: values are those of the rows that stay, in ranges and picked`, () => {
    fc.assert(
      fc.property(rows, fc.infiniteStream(fc.nat()), (written, numbers) => {
        const { cells, expected } = write(written, method);
        assert.deepEqual(read(cells), expected);
        assert.equal(cells.absences, expected.filter((one) => one === undefined).length);
        const number = (below: number): number => numbers.next().value! % below;
        const start = number(expected.length + 1);
        const end = start + number(expected.length - start + 1);
        const range = cells.range(start, end);
        assert.deepEqual(read(range), expected.slice(start, end));
        assert.equal(range.absences, expected.slice(start, end).filter((one) => one === undefined).length);
        const picked = expected.length === 0 ? [] : Array.from({ length: 5 }, () => number(expected.length));
        assert.deepEqual(
          read(cells.pick(picked)),
          picked.map((row) => expected[row]),
        );
        assert.deepEqual(
          read(range.pick(range.length === 0 ? [] : [range.length - 1])),
          range.length === 0 ? [] : [expected[end - 1]],
        );
      }),
      { numRuns: 1000 },
    );
  });
}

test("one value of all rows is kept once, until another one comes", () => {
  const writer = new CellWriter(0);
  for (let row = 0; row < 1000; row++) writer.text("stream");
  assert.equal(writer.cells().isUniform, true);
  assert.equal(writer.cells().length, 1000);
  writer.text("another");
  const cells = writer.cells();
  assert.equal(cells.isUniform, false);
  assert.deepEqual(read(cells), [...Array.from({ length: 1000 }, () => "stream"), "another"]);
});

test("the server reads the elements that were written", { skip: postgresMissing() }, async (t) => {
  const db = await database(t);
  const sample = fc.sample(cell, { numRuns: 1000, seed: 3 }).map((one) => ({ cell: one, discarded: false }));
  for (const [name, type] of [
    ["text", "text"],
    ["utf8", "text"],
    ["binary", "bytea"],
  ] as const) {
    const { cells, expected } = write(sample, METHODS[name]);
    assert.equal(cells.isUniform, false);
    const found = await db.rows(`SELECT v FROM unnest($1::${type}[]) WITH ORDINALITY AS u (v, n) ORDER BY n`, [
      cells.array(),
    ]);
    assert.deepEqual(
      found.map(({ v }) => (v === null ? null : String(v))),
      expected.map((one) => one ?? null),
      name,
    );
  }
});
