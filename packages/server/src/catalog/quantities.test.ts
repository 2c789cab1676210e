import assert from "node:assert/strict";
import { test } from "node:test";
import { parseByteSize, parseDuration } from "./quantities.ts";

const MAX = 18_446_744_073_709_551_615n;

test("byte sizes", () => {
  const cases: [string, bigint | undefined][] = [
    ["0", 0n],
    ["512", 512n],
    ["128MiB", 134_217_728n],
    ["1 GiB", 1_073_741_824n],
    ["2 gb", 2_000_000_000n],
    ["unlimited", MAX],
    ["server_default", 0n],
    [MAX.toString(), MAX],
    [(MAX + 1n).toString(), undefined],
    ["99999999999999999999TiB", undefined],
    ["-1", undefined],
    ["1.5MB", undefined],
    ["1 constructor", undefined],
    ["", undefined],
  ];
  for (const [text, expected] of cases) assert.equal(parseByteSize(text), expected, text);
});

test("durations in microseconds", () => {
  const cases: [string, bigint | undefined][] = [
    ["0", 0n],
    ["5000", 5000n],
    ["7 days", 604_800_000_000n],
    ["1h 30m", 5_400_000_000n],
    ["1h30m", 5_400_000_000n],
    ["10ms", 10_000n],
    ["2 weeks", 1_209_600_000_000n],
    ["never", MAX],
    ["none", MAX],
    ["soon", undefined],
    ["5 lightyears", undefined],
    ["1h 30", undefined],
    ["", undefined],
    [`${"9".repeat(20)}w`, undefined],
  ];
  for (const [text, expected] of cases) assert.equal(parseDuration(text), expected, text);
});
