import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { compareNumbers, isMultipleOf, isSameNumber, isWholeNumber, wholeNumber } from "./json-decimal.ts";

const PLACES = 40;

/** A number as text, and the same one in units of 10⁻⁴⁰. */
const decimal = fc
  .record({
    digits: fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }),
    exponent: fc.integer({ min: -PLACES, max: 5 }),
    zeros: fc.integer({ min: 0, max: 3 }),
  })
  .map(({ digits, exponent, zeros }) => {
    const sign = digits < 0n ? "-" : "";
    const magnitude = digits < 0n ? -digits : digits;
    const text = `${sign}${magnitude}${zeros > 0 ? `.${"0".repeat(zeros)}` : ""}e${exponent}`;
    return { text, units: digits * 10n ** BigInt(exponent + PLACES) };
  });

test("decimals compare as the numbers that they are", () => {
  fc.assert(
    fc.property(decimal, decimal, fc.boolean(), (a, other, same) => {
      const b = same ? { text: a.text.replace("e", "0e").replace(/^(-?\d+)0e/, "$1.0e"), units: a.units } : other;
      assert.equal(Math.sign(compareNumbers(a.text, b.text)), a.units < b.units ? -1 : a.units > b.units ? 1 : 0);
      assert.equal(isSameNumber(a.text, b.text), a.units === b.units);
      if (b.units !== 0n) assert.equal(isMultipleOf(a.text, b.text), a.units % b.units === 0n);
      assert.equal(isWholeNumber(a.text), a.units % 10n ** BigInt(PLACES) === 0n);
    }),
    { numRuns: 3000 },
  );
});

test("numbers of any length take no longer than their digits", () => {
  const zeros = "0".repeat(200_000);
  assert.ok(isSameNumber(`1.${zeros}`, "1"));
  assert.ok(compareNumbers(`${zeros}1e-99999999999999999999`, "0") > 0);
  assert.ok(isMultipleOf("1e9007199254740991", "7") === false);
  assert.equal(wholeNumber("1e999999999"), undefined);
  assert.ok(isWholeNumber("1e999999999"));
  assert.ok(Number.isNaN(compareNumbers("", "1")));
});
