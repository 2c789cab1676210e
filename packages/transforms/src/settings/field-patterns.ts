import type { JsonValue } from "@iggy-connectors/sdk";
import { type JsonPart, type JsonType, plainValue, typeOfPart } from "@iggy-connectors/sdk/internal";
import { z } from "zod";
import { compilePattern } from "../expressions/pattern.ts";
import { jsonEqual } from "../values/json-equal.ts";
import { isJsonValue } from "../values/static-value.ts";

const text = (meaning: string) => z.string().describe(meaning);

/** A test of a field's name: exactly one key. */
export const keyPattern = z.union(
  [
    z.strictObject({ exact: text("The whole name") }),
    z.strictObject({ starts_with: text("Prefix of the name") }),
    z.strictObject({ ends_with: text("Suffix of the name") }),
    z.strictObject({ contains: text("A part of the name") }),
    z.strictObject({ regex: text("Pattern (RE2) that matches a part of the name") }),
  ],
  { error: "must be a table with one of exact, starts_with, ends_with, contains, regex" },
);

const TYPE_TESTS = ["is_null", "is_not_null", "is_string", "is_number", "is_boolean", "is_object", "is_array"] as const;

/** A test of a field's value: the name of a type test, or exactly one key. */
export const valuePattern = z.union(
  [
    z.enum(TYPE_TESTS),
    z.strictObject({
      equals: z.any().refine(isJsonValue, { error: "must be a JSON value" }).describe("An equal JSON value"),
    }),
    z.strictObject({ contains: text("A part of the string") }),
    z.strictObject({ regex: text("Pattern (RE2) that matches a part of the string") }),
    z.strictObject({ greater_than: z.number().describe("Numbers above this") }),
    z.strictObject({ less_than: z.number().describe("Numbers below this") }),
    z.strictObject({ between: z.tuple([z.number(), z.number()]).describe("Numbers from the first to the second") }),
  ],
  {
    error: `must be one of ${TYPE_TESTS.map((name) => `"${name}"`).join(", ")}, or a table with one of equals, contains, regex, greater_than, less_than, between`,
  },
);

export type KeyTest = (key: string) => boolean;

/** A test of a value, which is decoded only if its type does not tell. */
export type ValueTest = (part: JsonPart) => boolean;

/** Throws `Error` for an invalid pattern. */
export async function keyTest(pattern: z.output<typeof keyPattern>): Promise<KeyTest> {
  if ("exact" in pattern) return (key) => key === pattern.exact;
  if ("starts_with" in pattern) return (key) => key.startsWith(pattern.starts_with);
  if ("ends_with" in pattern) return (key) => key.endsWith(pattern.ends_with);
  if ("contains" in pattern) return (key) => key.includes(pattern.contains);
  return compilePattern(pattern.regex);
}

/** Throws `Error` for an invalid pattern. */
export async function valueTest(pattern: z.output<typeof valuePattern>): Promise<ValueTest> {
  if (typeof pattern === "string") return typeTest(pattern);
  const test = await decodedTest(pattern);
  return (part) => test(plainValue(part));
}

async function decodedTest(
  pattern: Exclude<z.output<typeof valuePattern>, string>,
): Promise<(value: JsonValue) => boolean> {
  if ("equals" in pattern) return (value) => jsonEqual(value, pattern.equals as JsonValue);
  if ("contains" in pattern) return (value) => typeof value === "string" && value.includes(pattern.contains);
  if ("regex" in pattern) {
    const test = await compilePattern(pattern.regex);
    return (value) => typeof value === "string" && test(value);
  }
  if ("greater_than" in pattern) return (value) => isNumber(value) && value > pattern.greater_than;
  if ("less_than" in pattern) return (value) => isNumber(value) && value < pattern.less_than;
  const [low, high] = pattern.between;
  return (value) => isNumber(value) && value >= low && value <= high;
}

function typeTest(name: (typeof TYPE_TESTS)[number]): ValueTest {
  if (name === "is_not_null") return (part) => typeOfPart(part) !== "null";
  const type = name.slice("is_".length) as JsonType;
  return (part) => typeOfPart(part) === type;
}

function isNumber(value: JsonValue): value is number | bigint {
  return typeof value === "number" || typeof value === "bigint";
}
