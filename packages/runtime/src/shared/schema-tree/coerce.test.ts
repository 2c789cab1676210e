import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { schemaTree } from "../../control/config/schema/zod-tree.ts";
import { typeEnvironmentText } from "../../worker/plugin/environment-text.ts";
import { byAppearance, coerceText } from "./coerce.ts";

const coerce = (text: string, schema: z.ZodType): unknown => coerceText(text, schemaTree(schema));

test("text is converted to the type of the schema", () => {
  assert.equal(coerce("0123", z.string()), "0123");
  assert.equal(coerce("true", z.string()), "true");
  assert.equal(coerce("TRUE", z.boolean()), true);
  assert.equal(coerce("8081", z.int()), 8081);
  assert.equal(coerce("1e3", z.number()), 1000);
  assert.equal(coerce("0", z.union([z.string(), z.literal(0)])), "0");
  assert.equal(coerce("7", z.number().optional()), 7);
  assert.deepEqual(coerce('[GET, "a,b", 5]', z.array(z.string())), ["GET", "a,b", "5"]);
  assert.deepEqual(coerce("1,2", z.array(z.int())), [1, 2]);
  assert.deepEqual(coerce("[]", z.array(z.string())), []);
});

test("text of none of the accepted types is refused", () => {
  assert.equal(coerce("yes", z.boolean()), undefined);
  assert.equal(coerce("many", z.int()), undefined);
  assert.equal(coerce(" ", z.int()), undefined);
  assert.equal(coerce("Infinity", z.number()), undefined);
});

test("for an unknown type the original's rules decide", () => {
  const expected: [string, unknown][] = [
    ["True", true],
    ["-5", -5],
    ["1.5", 1.5],
    ["1e5", 1e5],
    ["0x10", "0x10"],
    ["9223372036854775807", "9223372036854775807"],
    ['"5"', "5"],
    ["[1, x, true]", [1, "x", true]],
    ["", ""],
  ];
  for (const [text, value] of expected) assert.deepEqual(byAppearance(text), value, text);
});

test("text from the environment is converted at its path, and nothing else is changed", () => {
  const tree = schemaTree(
    z.object({
      password: z.string(),
      port: z.int(),
      tls: z.object({ on: z.boolean() }).optional(),
      list: z.array(z.union([z.object({ size: z.number() }), z.string()])),
      headers: z.record(z.string(), z.string()),
    }),
  );
  const value = {
    password: "12345",
    port: "5432",
    tls: { on: "true" },
    list: [{ size: "7" }, "8"],
    headers: { a: "9" },
    unknown: "10",
    file: "11",
  };
  const paths = [["password"], ["port"], ["tls", "on"], ["list", 0, "size"], ["headers", "a"], ["unknown"], ["gone"]];
  assert.deepEqual(typeEnvironmentText(value, paths, tree), {
    password: "12345",
    port: 5432,
    tls: { on: true },
    list: [{ size: 7 }, "8"],
    headers: { a: "9" },
    unknown: 10,
    file: "11",
  });
  assert.equal(value.port, "5432");
});
