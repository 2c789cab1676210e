import assert from "node:assert/strict";
import { test } from "node:test";
import { compileStatusPolicy } from "./status-policy.ts";

test("without a policy statuses mean what they say", () => {
  const meaning = compileStatusPolicy();
  const expected = { 200: "success", 299: "success", 302: "fatal", 400: "reject", 401: "fatal", 404: "fatal" } as const;
  for (const [status, is] of Object.entries(expected)) assert.equal(meaning(Number(status)), is, status);
  for (const status of [408, 425, 429, 500, 599]) assert.equal(meaning(status), "retry");
});

test("a status beats its class, a named success is the only one", () => {
  const meaning = compileStatusPolicy({ success: [202, "3xx"], retry: ["4xx"], reject: [404], fatal: [400, 202] });
  assert.deepEqual([202, 200, 301, 404, 400, 418, 500].map(meaning), [
    "success",
    "reject",
    "success",
    "reject",
    "fatal",
    "retry",
    "retry",
  ]);
});
