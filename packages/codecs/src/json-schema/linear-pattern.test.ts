import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { PatternTimeout, schemaPattern } from "./linear-pattern.ts";

const piece = fc.constantFrom(
  ..."ab.|",
  "\\s",
  "[\\s]",
  "\\S",
  "\\d",
  "\\w",
  "\\b",
  "[^a]",
  "[[]",
  "[a-c.]",
  "\\/",
  "\\.",
  "\\-",
  "\\u00e9",
  "\\x41",
  "\\0",
  "a*",
  "b+?",
  "(?:a|b)",
  "(a)",
  "a{1,3}",
  "^",
  "$",
  "\\t",
  "[\\]]",
  "\\p{L}",
);
const letter = fc.constantFrom(..."abcA1_ .[]/-é\n\r\t\u000b\u0000\u00a0\u2028\ufeff𝒜");

describe("schemaPattern", () => {
  it("matches what JavaScript's own pattern matches", () => {
    fc.assert(
      fc.property(
        fc.array(piece, { minLength: 1, maxLength: 5 }).map((pieces) => pieces.join("")),
        fc.array(letter, { maxLength: 6 }).map((letters) => letters.join("")),
        (source, text) => {
          let own: RegExp;
          try {
            own = new RegExp(source, "u");
          } catch {
            return;
          }
          assert.equal(schemaPattern(source).test(text), own.test(text), `${source} ${JSON.stringify(text)}`);
        },
      ),
      { numRuns: 3000 },
    );
  });

  it("takes linear time for patterns that JavaScript takes exponential time for", () => {
    const evil = `${"a".repeat(100_000)}!`;
    for (const source of ["^(a+)+$", "^(a|a)*$", "^(a|aa)+$", "(?:a*)*b", "^(a+)+$|^ok"]) {
      assert.equal(schemaPattern(source).test(evil), false, source);
    }
  });

  it("runs others for a limited time", () => {
    assert.equal(schemaPattern("^(?!no)[a-z]+$").test("yes"), true);
    assert.equal(schemaPattern("^(?!no)[a-z]+$").test("nose"), false);
    assert.equal(schemaPattern("^(a|b)\\1$").test("aa"), true);
    assert.equal(schemaPattern("^a{1001}$").test("a".repeat(1001)), true);
    const slow = schemaPattern("^(?!x)(a+)+$");
    assert.throws(() => slow.test(`${"a".repeat(60)}!`), PatternTimeout);
    assert.equal(slow.test("aa"), true);
  });

  it("refuses what is not a pattern", () => {
    assert.throws(() => schemaPattern("("), SyntaxError);
    assert.throws(() => schemaPattern("(?P<a>b)"), SyntaxError);
  });
});
