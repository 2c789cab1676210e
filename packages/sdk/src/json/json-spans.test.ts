import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parsePath } from "../paths/path.ts";
import { jsonBytesAt, jsonElements } from "./json-spans.ts";

const texts = (json: string, limit?: number) => {
  const elements = jsonElements(Buffer.from(json), limit);
  return Array.isArray(elements) ? elements.map((element) => Buffer.from(element).toString()) : elements;
};
const at = (json: string, path: string): string | undefined => {
  const bytes = jsonBytesAt(Buffer.from(json), parsePath(path));
  return bytes === undefined ? undefined : Buffer.from(bytes).toString();
};

test("elements keep their bytes", () => {
  assert.deepEqual(texts(' [ {"a" : 1.10,"a":2} ,\n-0, "],\\"" , [1, [2]] ,true]\n'), [
    '{"a" : 1.10,"a":2}',
    "-0",
    '"],\\""',
    "[1, [2]]",
    "true",
  ]);
  assert.deepEqual(texts("[ ]"), []);
  assert.equal(texts('{"a":[1]}'), undefined);
  assert.equal(texts("[1,2,3]", 2), "too many");
});

test("the value at a path is that of the last member with the key", () => {
  const json = '{ "a" : 1e2 , "b":{"c":[ 1 , {"d" : "]"} ]}, "\\u0061":12345678901234567.890 }';
  assert.equal(at(json, "a"), "12345678901234567.890");
  assert.equal(at(json, "b.c"), '[ 1 , {"d" : "]"} ]');
  assert.equal(at(json, "b.c[1].d"), '"]"');
  for (const path of ["x", "a.b", "b[0]", "b.c[2]", "b.c[*]"]) assert.equal(at(json, path), undefined, path);
});

test("elements are those that JSON.parse finds, for any JSON and spacing", () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue()), fc.constantFrom("", " ", "\n\t"), (values, space) => {
      const json = JSON.stringify(values, undefined, space);
      assert.deepEqual(
        (texts(json) as string[]).map((text) => JSON.parse(text)),
        JSON.parse(json),
      );
      const nested = JSON.stringify({ x: [0, { "a b": values }] }, undefined, space);
      assert.deepEqual(JSON.parse(at(nested, "x[1].a b") ?? ""), JSON.parse(json));
    }),
  );
});
