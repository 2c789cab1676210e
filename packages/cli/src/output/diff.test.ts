import assert from "node:assert/strict";
import { test } from "node:test";
import { diffLines } from "./diff.ts";

test("a diff shows removed and added lines, with a few unchanged lines around them", () => {
  const lines = Array.from({ length: 12 }, (_, index) => `line ${index}`);
  const changed = lines.with(6, "new 6");
  assert.deepEqual(diffLines(lines.join("\n"), changed.join("\n")), [
    "  …",
    "  line 4",
    "  line 5",
    "- line 6",
    "+ new 6",
    "  line 7",
    "  line 8",
    "  …",
  ]);
  assert.deepEqual(diffLines("a", "a"), ["  …"]);
  assert.deepEqual(diffLines("a", "b\nc"), ["- a", "+ b", "+ c"]);
});

test("texts that are too long to compare are shown in full", () => {
  const long = Array.from({ length: 3000 }, (_, index) => `${index}`).join("\n");
  assert.equal(diffLines(long, long).length, 6000);
});
