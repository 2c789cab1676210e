import assert from "node:assert/strict";
import { test } from "node:test";
import { parseRetryAfter } from "./retry-after.ts";

const NOW = Date.parse("Wed, 21 Oct 2015 07:28:00 GMT");

test("seconds become milliseconds", () => {
  assert.equal(parseRetryAfter("0", NOW), 0);
  assert.equal(parseRetryAfter(" 120 ", NOW), 120_000);
});

test("an HTTP date is the distance from now, never negative", () => {
  assert.equal(parseRetryAfter("Wed, 21 Oct 2015 07:28:30 GMT", NOW), 30_000);
  assert.equal(parseRetryAfter("Wednesday, 21-Oct-15 07:28:30 GMT", NOW), 30_000);
  assert.equal(parseRetryAfter("Wed, 21 Oct 2015 07:00:00 GMT", NOW), 0);
});

test("a value from outside is at most a day", () => {
  assert.equal(parseRetryAfter("999999999", NOW), 86_400_000);
  assert.equal(parseRetryAfter("Fri, 31 Dec 9999 23:59:59 GMT", NOW), 86_400_000);
});

test("anything else is ignored", () => {
  for (const value of [undefined, "", "soon", "-1", "1.5", "2024-10-21", "9999999999", []]) {
    assert.equal(parseRetryAfter(value, NOW), undefined, String(value));
  }
});
