import assert from "node:assert/strict";
import { test } from "node:test";
import { keyProblem, similarKeys } from "./connector-key.ts";

test("a key that cannot be seen, or names nothing, is refused; any other is accepted", () => {
  const refused = [
    "",
    "a\nb",
    "a\u0000",
    "\u001b[2J",
    "a\u009b",
    "\u202ea",
    "a\u200b",
    "a\ufeff",
    "\ud800",
    " a",
    "a ",
    "\u00a0",
    ".",
    "..",
  ];
  for (const key of [...refused, "x".repeat(201), "\u00fc".repeat(40)]) assert.ok(keyProblem(key), JSON.stringify(key));
  for (const key of ["a", "a-b", "a_b", "a/b", "a.b", "Łódź", "日本", "a b", "x".repeat(200)])
    assert.equal(keyProblem(key), undefined, key);
});

test("keys of one type that share their variables are reported once each", () => {
  const files = (type: "sink" | "source", ...keys: string[]) =>
    keys.map((key, index) => ({ type, key, file: `${type}${index}` }));
  const found = similarKeys([...files("sink", "a-b", "a_b", "A-B", "ab", "ａ-b", "a-b"), ...files("source", "a-b")]);
  assert.deepEqual(
    found.map(({ severity, file }) => [severity, file]),
    [
      ["warning", "sink1"],
      ["warning", "sink2"],
      ["warning", "sink4"],
    ],
  );
});
