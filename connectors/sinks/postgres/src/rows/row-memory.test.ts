import assert from "node:assert/strict";
import { test } from "node:test";
import { RowMemory } from "./row-memory.ts";
import type { RowOutput } from "./row-output.ts";

function write(rows: RowOutput, ...values: string[]): void {
  for (const value of values) {
    rows.text(value);
    rows.endRow();
  }
}

test("rows for COPY begin empty in the memory of those that were given back", () => {
  const memory = new RowMemory();
  const first = memory.copyRows(100);
  write(first, "one", "two");
  first.text("not ended");
  memory.give(first);
  const second = memory.copyRows(100);
  assert.equal(second, first);
  assert.equal(second.length, 0);
  write(second, "three");
  assert.equal(String(second.range(0, 1)), "three\n");
});

test("rows for statements begin empty in the memory of those that were given back", () => {
  const memory = new RowMemory();
  const first = memory.columnRows(1, 100);
  write(first, "same", "same");
  first.absent();
  first.endRow();
  first.text("not ended");
  memory.give(first);
  const second = memory.columnRows(1, 100);
  assert.equal(second, first);
  assert.equal(second.length, 0);
  write(second, "three", "three");
  const [cells] = second.cells();
  assert.equal(cells?.length, 2);
  assert.equal(cells?.isUniform, true);
  assert.equal(cells?.absences, 0);
  assert.equal(String(cells?.value(1)), "three");
});

test("rows are given to one batch at a time, and only where they fit", () => {
  const memory = new RowMemory();
  const rows = memory.columnRows(2, 100);
  memory.give(rows);
  assert.equal(memory.columnRows(2, 100), rows);
  assert.notEqual(memory.columnRows(2, 100), rows);
  memory.give(rows);
  assert.notEqual(memory.columnRows(3, 100), rows);
  memory.give(rows);
  assert.equal(memory.copyRows(100).length, 0);
});
