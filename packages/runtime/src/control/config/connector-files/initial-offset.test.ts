import assert from "node:assert/strict";
import { test } from "node:test";
import { parseInitialOffset } from "./initial-offset.ts";

test("first, last, offsets and times are understood", () => {
  assert.deepEqual(parseInitialOffset("first"), { kind: "first" });
  assert.deepEqual(parseInitialOffset("last"), { kind: "last" });
  assert.deepEqual(parseInitialOffset(42), { kind: "offset", offset: 42n });
  assert.deepEqual(parseInitialOffset("18446744073709551615"), { kind: "offset", offset: 2n ** 64n - 1n });
  assert.deepEqual(parseInitialOffset("1970-01-01T00:00:01.234567Z"), { kind: "timestamp", timestamp: 1_234_567n });
  assert.deepEqual(parseInitialOffset("1970-01-01T01:00:00+01:00"), { kind: "timestamp", timestamp: 0n });
  assert.deepEqual(parseInitialOffset("2026-01-31 12:00:00.123456789Z"), {
    kind: "timestamp",
    timestamp: 1_769_860_800_123_456n,
  });
});

test("anything else is refused", () => {
  for (const text of [
    "",
    "second",
    "-1",
    "18446744073709551616",
    "2026-13-01T00:00:00Z",
    "2026-01-01",
    "1.5",
    "2023-02-30T00:00:00Z",
    "1969-12-31T23:59:59Z",
  ]) {
    assert.equal(parseInitialOffset(text), undefined, text);
  }
});
