import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { JsonValue } from "../contract/message.ts";
import { changeAt, removeAt, setAt, valueAt } from "./edit.ts";
import { EVERY, parsePath } from "./path.ts";

const name = fc.constantFrom("a", "b", "a.b", "x\\", "é", "__proto__", "[0]");
const written = (key: string) => key.replaceAll(/[\\.[]/g, "\\$&");
const document: fc.Arbitrary<JsonValue> = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom<JsonValue>(null, true, 1, 2n ** 60n, "text"),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(name, tie("value"), { maxKeys: 3, noNullPrototype: true }),
  ),
})).value;

function frozen<Value>(value: Value): Value {
  if (typeof value === "object" && value !== null) for (const member of Object.values(value)) frozen(member);
  return Object.freeze(value);
}

describe("paths", () => {
  it("are names, elements and every element; a backslash takes a character literally", () => {
    assert.deepEqual(parsePath("user.mail").segments, ["user", "mail"]);
    assert.deepEqual(parsePath("a\\.b.c\\\\").segments, ["a.b", "c\\"]);
    assert.deepEqual(parsePath("items[0].id").segments, ["items", 0, "id"]);
    assert.deepEqual(parsePath("items[*][2]").segments, ["items", EVERY, 2]);
    assert.deepEqual(parsePath("[*].id").segments, [EVERY, "id"]);
    for (const wrong of ["", ".", "a.", ".a", "a..b", "a[", "a[x]", "a[1]b", "a\\", "a[-1]", `${"a.".repeat(64)}a`]) {
      assert.throws(() => parsePath(wrong), wrong);
    }
  });

  it("can refer to any names", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(name, fc.nat(9)), { minLength: 1, maxLength: 5 }), (segments) => {
        const text = segments
          .map((segment, index) =>
            typeof segment === "number" ? `[${segment}]` : `${index === 0 ? "" : "."}${written(segment)}`,
          )
          .join("");
        assert.deepEqual(parsePath(text).segments, segments);
      }),
    );
  });

  it("are set, found again and removed without touching the input", () => {
    fc.assert(
      fc.property(document, fc.array(name, { minLength: 1, maxLength: 4 }), document, (input, names, value) => {
        const path = parsePath(names.map(written).join("."));
        frozen(input);
        let result: unknown;
        try {
          result = setAt(input, path, value);
        } catch (error) {
          assert.equal((error as { code: string }).code, "IGC_TRANSFORM_PATH");
          return;
        }
        assert.deepEqual(valueAt(result, path), value);
        assert.equal(valueAt(removeAt(frozen(result), path), path), undefined);
      }),
    );
  });

  it("return the input when nothing changed, and share unchanged parts", () => {
    const input = { a: [{ id: 1 }, { id: 2 }], b: { c: 1 } };
    assert.equal(
      changeAt(input, parsePath("a[*].id"), (value) => value),
      input,
    );
    assert.equal(removeAt(input, parsePath("a[7].id")), input);
    assert.equal(removeAt(input, parsePath("b.c.d")), input);
    const changed = changeAt(input, parsePath("a[1].id"), () => 3) as typeof input;
    assert.deepEqual(changed, { a: [{ id: 1 }, { id: 3 }], b: { c: 1 } });
    assert.equal(changed.b, input.b);
    assert.equal(changed.a[0], input.a[0]);
    assert.deepEqual(removeAt(input, parsePath("a[0]")), { a: [{ id: 2 }], b: { c: 1 } });
  });

  it("name the value that does not fit", () => {
    assert.throws(
      () => setAt({ a: 1 }, parsePath("a.b"), 1),
      /a\.b cannot be set: the value at a is a number, not an object/,
    );
    assert.throws(() => setAt({ a: [] }, parsePath("a[1]"), 1), /not an array of at least 1 elements/);
    assert.throws(() => setAt([], parsePath("a"), 1), /the payload is an array/);
  });
});
