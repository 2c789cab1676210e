import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { OffsetRanges } from "./offset-ranges.ts";

test("contains what was added and nothing else, in as few ranges as possible", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 40 })), (numbers) => {
      const ranges = new OffsetRanges();
      const model = new Set<number>();
      for (const number of numbers) {
        ranges.add(BigInt(number));
        model.add(number);
      }
      for (let number = -1; number <= 41; number++) assert.equal(ranges.has(BigInt(number)), model.has(number));
      const starts = [...model].filter((number) => !model.has(number - 1)).length;
      assert.equal(ranges.rangeCount, starts);
      ranges.clear();
      assert.equal(ranges.rangeCount, 0);
    }),
  );
});
