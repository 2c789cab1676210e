import assert from "node:assert/strict";
import { test } from "node:test";
import { textOf } from "./shown-message.ts";

test("control characters are shown as escapes", () => {
  const payload = { encoding: "utf8", data: "\u001b]0;title\u0007", size: 10, truncated: false } as const;
  assert.equal(textOf([{ payload, kind: "text", headers: {}, target: null }]), "\\u001b]0;title\\u0007");
});

test("JSON is indented, and nothing else of it is changed", () => {
  const data =
    '{"amount":12345678901234567.89,"v":1.0, "10":[ ],"2":{"e":1e2,"s":"\\u00e9 , {"},"a":1,"a":2,"big":1e400}';
  const payload = { encoding: "utf8", data, size: 1, truncated: false } as const;
  const text = textOf([{ payload, kind: "json", headers: {}, target: null }]);
  assert.equal(
    text,
    `{
  "amount": 12345678901234567.89,
  "v": 1.0,
  "10": [],
  "2": {
    "e": 1e2,
    "s": "\\u00e9 , {"
  },
  "a": 1,
  "a": 2,
  "big": 1e400
}`,
  );
});

test("several messages at one point are numbered, each with headers and target", () => {
  const message = (data: string) => ({
    payload: { encoding: "utf8", data, size: 1, truncated: false } as const,
    kind: "json" as const,
    headers: { trace: 7 },
    target: "big",
  });
  assert.equal(
    textOf([message("1"), message("2")]),
    "(1 of 2)\n1\nheader trace: 7\nto stream big\n(2 of 2)\n2\nheader trace: 7\nto stream big",
  );
});
