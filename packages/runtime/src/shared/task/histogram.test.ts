import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Histogram } from "./histogram.ts";

test("every value is counted in the first bucket whose bound it does not exceed, whatever came before", () => {
  const bounds = [0, 0.5, 1, 10];
  const value = fc.oneof(
    fc.constantFrom(-1, 0, 0.25, 0.5, 0.75, 1, 10, 10.5, Number.MAX_VALUE),
    fc.double({ noNaN: true }),
  );
  fc.assert(
    fc.property(fc.array(value), (values) => {
      const histogram = new Histogram(bounds);
      const expected = new Array<number>(bounds.length + 1).fill(0);
      for (const each of values) {
        histogram.observe(each);
        const bucket = bounds.findIndex((bound) => each <= bound);
        expected[bucket < 0 ? bounds.length : bucket]! += 1;
      }
      const { buckets, count } = histogram.snapshot();
      assert.deepEqual(buckets, expected);
      assert.equal(count, values.length);
      const atOnce = new Histogram(bounds);
      const half = values.length >> 1;
      atOnce.observeAll(Float64Array.from(values.slice(0, half)), half);
      atOnce.observeAll(Float64Array.from([...values.slice(half), 0.7]), values.length - half);
      assert.deepEqual(atOnce.snapshot().buckets, expected);
      assert.equal(atOnce.snapshot().count, values.length);
    }),
  );
});

test("values that are observed at once have the sum of those observed one by one", () => {
  const single = new Histogram([1, 2]);
  const values = [0.5, 1.5, 1.5, 8, 1];
  for (const value of values) single.observe(value);
  const atOnce = new Histogram([1, 2]);
  atOnce.observeAll(Float64Array.from(values), values.length);
  assert.deepEqual(atOnce.snapshot(), single.snapshot());
});

test("values between two known ones are counted at once where they lie in one bucket", () => {
  const bounds = [1, 2, 4];
  const value = fc.oneof(fc.constantFrom(0, 1, 2, 4, 5), fc.double({ min: 0, max: 6, noNaN: true }));
  fc.assert(
    fc.property(fc.array(value, { minLength: 1 }), value, (values, before) => {
      const single = new Histogram(bounds);
      const atOnce = new Histogram(bounds);
      for (const histogram of [single, atOnce]) histogram.observe(before);
      const sum = values.reduce((total, each) => total + each, 0);
      for (const each of values) single.observe(each);
      const counted = atOnce.observeWithin(Math.min(...values), Math.max(...values), sum, values.length);
      const buckets = values.map((each) => bounds.findIndex((bound) => each <= bound));
      assert.equal(counted, new Set(buckets).size === 1);
      if (!counted) atOnce.observeAll(Float64Array.from(values), values.length);
      assert.deepEqual(atOnce.snapshot().buckets, single.snapshot().buckets);
      assert.equal(atOnce.snapshot().count, values.length + 1);
      assert.ok(Math.abs(atOnce.snapshot().sum - single.snapshot().sum) < 1e-9);
    }),
  );
});
