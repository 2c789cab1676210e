import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MAX_JSON_DEPTH } from "@iggy-connectors/sdk/internal";
import fc from "fast-check";
import { scriptValue } from "./script-value.ts";

const fail = (message: string) => new Error(message);

describe("scriptValue", () => {
  it("returns a valid value itself", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        assert.equal(scriptValue(value, fail), value);
      }),
    );
  });

  it("is what JSON.stringify would write", () => {
    const member = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom(undefined, null, 1, "x", true),
        fc.dictionary(fc.string(), tie("any"), { noNullPrototype: false }),
        fc.array(tie("any").filter((value) => value !== undefined)),
      ),
    })).any;
    fc.assert(
      fc.property(fc.dictionary(fc.string(), member), (value) => {
        const result = scriptValue(value, fail);
        assert.deepEqual(result, JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it("visits each value once, however deep a member is omitted", () => {
    let looks = 0;
    let value: object = { gone: undefined };
    for (let depth = 0; depth < MAX_JSON_DEPTH - 1; depth++) {
      const inner = value;
      value = Object.defineProperty({}, "a", {
        enumerable: true,
        get() {
          looks += 1;
          return inner;
        },
      });
    }
    scriptValue(value, fail);
    assert.equal(looks, MAX_JSON_DEPTH - 1);
  });

  it("names what JSON cannot express", () => {
    const loop: Record<string, unknown> = {};
    loop.a = loop;
    for (const [value, message] of [
      [{ a: [1, () => 1] }, /^value\.a\[1\] is function/],
      [{ a: Number.NaN }, /^value\.a is NaN/],
      [{ a: new Map() }, /^value\.a is an object of class Map/],
      [loop, /nested too deeply, or contains itself/],
    ] as const) {
      assert.throws(() => scriptValue(value, fail), { message });
    }
  });
});
