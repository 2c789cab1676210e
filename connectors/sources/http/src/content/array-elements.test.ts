import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { arrayElements } from "./array-elements.ts";

test("the elements are what a parser finds, written as they were", () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue()), fc.constantFrom(undefined, 1, "\t"), (values, space) => {
      const text = ` ${JSON.stringify(values, null, space)} `;
      const elements = arrayElements(Buffer.from(text), 1000) as Uint8Array[];
      const texts = elements.map((element) => Buffer.from(element).toString());
      assert.deepEqual(
        texts.map((element) => JSON.parse(element)),
        JSON.parse(text),
      );
      for (const element of texts) assert.ok(text.includes(element) && element === element.trim());
    }),
  );
});

test("other JSON has no elements, and too many elements are not returned", () => {
  for (const json of ["{}", '"[1]"', "1", ' {"a":[1]}']) assert.equal(arrayElements(Buffer.from(json), 10), undefined);
  assert.equal(arrayElements(Buffer.from("[1,2,3]"), 2), "too many");
  assert.deepEqual(arrayElements(Buffer.from("[ ]"), 2), []);
});
