import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { describeIssues } from "./issues.ts";

const schema = z.object({
  text: z.string(),
  full: z.string().min(2),
  short: z.string().max(3),
  number: z.number(),
  whole: z.int(),
  range: z.int().min(1).max(5),
  choice: z.enum(["a", "b"]),
  literal: z.literal("x"),
  list: z.array(z.string()).min(1),
  table: z.object({ inner: z.boolean() }),
  either: z.union([z.string(), z.number()]),
  strict: z.strictObject({ known: z.string().optional() }),
});
const RIGHT = {
  ...{ text: "x", full: "xx", short: "x", number: 1, whole: 1, range: 1, choice: "a", literal: "x", list: ["x"] },
  ...{ table: { inner: true }, either: 1, strict: {} },
};

test("what is wrong with a value is said in our words, not in those of the validator", () => {
  const table: readonly (readonly [object, string])[] = [
    [{ text: undefined }, "text: is missing"],
    [{ text: 5 }, "text: must be a string, but is a number"],
    [{ full: "x" }, "full: must have at least 2 characters"],
    [{ short: "xxxx" }, "short: must have at most 3 characters"],
    [{ number: "1" }, "number: must be a number, but is a string"],
    [{ whole: 1.5 }, "whole: must be an integer, but is a number"],
    [{ range: 0 }, "range: must be at least 1"],
    [{ range: 6 }, "range: must be at most 5"],
    [{ choice: "c" }, 'choice: must be one of "a", "b"'],
    [{ choice: undefined }, 'choice: must be one of "a", "b"'],
    [{ literal: "y" }, 'literal: must be "x"'],
    [{ list: [] }, "list: must have at least 1 items"],
    [{ list: {} }, "list: must be a list, but is a table"],
    [{ table: [] }, "table: must be a table, but is a list"],
    [{ table: {} }, "table.inner: is missing"],
    [{ table: null }, "table: must be a table, but is null"],
    [{ either: true }, "either: has none of the allowed forms"],
    [{ strict: { unknown: 1 } }, 'strict: unknown key "unknown"'],
  ];
  for (const [wrong, expected] of table) {
    const { error } = schema.safeParse({ ...RIGHT, ...wrong });
    const shown = describeIssues(error?.issues ?? []).map(({ key, message }) => `${key}: ${message}`);
    assert.deepEqual(shown, [expected]);
  }
});
