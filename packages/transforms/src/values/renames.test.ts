import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { renamed } from "./renames.ts";

const names = (pairs: Readonly<Record<string, string>>) => new Map(Object.entries(pairs));
const result = (object: string, pairs: Readonly<Record<string, string>>, policy: Parameters<typeof renamed>[2]) =>
  JSON.stringify(renamed(JSON.parse(object), names(pairs), policy));

describe("renamed", () => {
  it("swaps and chains without a conflict", () => {
    assert.equal(result('{"a":1,"b":2,"c":3}', { a: "b", b: "a" }, "fail"), '{"b":1,"a":2,"c":3}');
    assert.equal(result('{"a":1,"b":2}', { a: "b", b: "c" }, "fail"), '{"b":1,"c":2}');
    assert.equal(result('{"a":1,"b":2}', { a: "b", b: "c", c: "a" }, "fail"), '{"b":1,"c":2}');
  });

  it("changes nothing where nothing is to be renamed, or onto itself", () => {
    assert.equal(renamed({ a: 1 }, names({ b: "a" }), "fail"), undefined);
    assert.equal(renamed({ a: 1 }, names({ a: "a" }), "fail"), undefined);
  });

  it("treats a name that another member has by the policy", () => {
    const taken = '{"a":1,"b":2}';
    assert.throws(() => result(taken, { a: "b" }, "fail"), {
      code: "IGC_TRANSFORM_CONFLICT",
      message: "a and another field would both be named b",
    });
    assert.equal(result(taken, { a: "b" }, "replace"), '{"b":1}');
    assert.equal(result(taken, { a: "b" }, "keep"), '{"b":2}');
    assert.equal(result(taken, { a: "b" }, "suffix"), '{"b_2":1,"b":2}');
    assert.equal(result('{"a":1,"b":2,"b_2":3}', { a: "b" }, "suffix"), '{"b_3":1,"b":2,"b_2":3}');
    assert.equal(result(taken, { a: "b", b: "b" }, "keep"), '{"b":2}');
  });

  it("treats two renames to one name by the policy, in the order of the settings", () => {
    const both = '{"y":2,"x":1}';
    assert.throws(() => result(both, { x: "z", y: "z" }, "fail"), /y and another field would both be named z/);
    assert.equal(result(both, { x: "z", y: "z" }, "replace"), '{"z":2}');
    assert.equal(result(both, { x: "z", y: "z" }, "keep"), '{"z":1}');
    assert.equal(result(both, { x: "z", y: "z" }, "suffix"), '{"z_2":2,"z":1}');
    assert.equal(result('{"y":2}', { x: "z", y: "z" }, "fail"), '{"z":2}');
  });

  it("takes __proto__ for a name like others", () => {
    assert.equal(
      result('{"__proto__":1,"b":2}', { __proto__x: "c", b: "__proto__" }, "suffix"),
      '{"__proto__":1,"__proto___2":2}',
    );
    assert.equal(result('{"b":2}', { b: "__proto__" }, "fail"), '{"__proto__":2}');
  });
});
