import assert from "node:assert/strict";
import { test } from "node:test";
import { parseJson, validateJson } from "@iggy-connectors/sdk";
import { openJson } from "@iggy-connectors/sdk/internal";
import { jsonText } from "@iggy-connectors/test-support";
import fc from "fast-check";
import { valueTest } from "./field-patterns.ts";

const TESTS = {
  is_null: (value: unknown) => value === null,
  is_not_null: (value: unknown) => value !== null,
  is_string: (value: unknown) => typeof value === "string",
  is_number: (value: unknown) => typeof value === "number" || typeof value === "bigint",
  is_boolean: (value: unknown) => typeof value === "boolean",
  is_array: (value: unknown) => Array.isArray(value),
  is_object: (value: unknown) => typeof value === "object" && value !== null && !Array.isArray(value),
} as const;

test("the type of a value is that of its text", async () => {
  const tests = await Promise.all(
    Object.entries(TESTS).map(
      async ([name, expected]) => [name, expected, await valueTest(name as keyof typeof TESTS)] as const,
    ),
  );
  fc.assert(
    fc.property(jsonText, (text) => {
      fc.pre(validateJson(Buffer.from(text)));
      const bytes = Buffer.from(text.trim());
      const value = parseJson(bytes);
      for (const [name, expected, matches] of tests) {
        assert.equal(matches(openJson(bytes, 0, bytes.length)), expected(value), `${name} ${text}`);
        assert.equal(matches(value), expected(value), `${name} ${text}`);
      }
    }),
    { numRuns: 2000 },
  );
});
