import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { JsonValue } from "@iggy-connectors/sdk";
import { OutputBuffer, parseJson, stringifyJson, validateJson } from "@iggy-connectors/sdk";
import { isJsonObject, MemberSpans, scanJson } from "@iggy-connectors/sdk/internal";
import { jsonText } from "@iggy-connectors/test-support";
import fc from "fast-check";
import { editValue, type FieldEdit } from "../definition/field-edit.ts";
import { FILTERED } from "../definition/transform.ts";
import { staticValue } from "../values/static-value.ts";
import { EditOutcome, ObjectEditor } from "./object-editor.ts";

/** Few keys, so that edits meet members and each other; some are text that looks like JSON, some need escapes. */
const KEYS = ["a", "b", "c", "bé", "", "__proto__", '"', "a\nb", "0", ":{", "aa", "\\"];
const key = fc.constantFrom(...KEYS);
const staticJson = fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<JsonValue>;
const edit: fc.Arbitrary<FieldEdit> = fc.oneof(
  fc.record({
    kind: fc.constant("set" as const),
    key,
    value: staticJson.map(staticValue),
    condition: fc.constantFrom("always" as const, "key_exists" as const, "key_not_exists" as const),
  }),
  fc
    .tuple(
      fc.uniqueArray(fc.tuple(key, key), { maxLength: 4, selector: ([from]) => from }),
      fc.constantFrom("fail" as const, "replace" as const, "keep" as const, "suffix" as const),
    )
    .map(([pairs, onConflict]) => ({ kind: "rename" as const, names: new Map(pairs), onConflict })),
  fc
    .tuple(fc.constantFrom("a", "b", "", "é", "0"), fc.boolean())
    .map(([part, keep]) => ({ kind: "select" as const, keep: (name: string) => name.includes(part) === keep })),
  fc.tuple(fc.constantFrom("a", "zz"), fc.boolean()).map(([name, present]) => ({
    kind: "require" as const,
    keys: [name],
    test: (object: object) => Object.hasOwn(object, name) === (present && name === "a"),
  })),
  fc.record({
    kind: fc.constant("remove" as const),
    keys: fc.uniqueArray(key, { maxLength: 3 }).map((keys) => new Set(keys)),
  }),
);

const space = fc.constantFrom("", " ", "\n\t");
/** A key as some producer may spell it: plainly, or with escapes that need not be. */
const keyText = fc.oneof(
  { weight: 9, arbitrary: key.map((name) => JSON.stringify(name)) },
  {
    weight: 1,
    arbitrary: key.map(
      (name) => `"${[...name].map((letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`).join("")}"`,
    ),
  },
);
const objectText = fc
  .array(fc.tuple(space, keyText, space, jsonText, space), { maxLength: 8 })
  .map((members) => `{${members.map(([a, name, b, value, c]) => `${a}${name}${b}:${value}${c}`).join(",")}}`);

/** Scans and edits a payload. Undefined: it is not JSON. */
function editPayload(editor: ObjectEditor, bytes: Buffer, start: number, end: number, output: OutputBuffer) {
  const members = new MemberSpans();
  const bits = scanJson(bytes, start, end, members);
  return bits < 0 ? undefined : editor.edit(bytes, start, end, bits, members, output);
}

function run(edits: readonly FieldEdit[], text: string): { outcome: number | undefined; result: Buffer } {
  const output = new OutputBuffer(0);
  output.writeText("before");
  const bytes = Buffer.from(`xx${text}yy`);
  const outcome = editPayload(new ObjectEditor(edits), bytes, 2, bytes.length - 2, output);
  assert.equal(output.bytes.toString("utf8", 0, 6), "before");
  return { outcome, result: output.bytes.subarray(6, output.position) };
}

describe("ObjectEditor", () => {
  it("gives for any JSON the same result as the edits of its value", () => {
    const decided = { changed: 0, unchanged: 0, filtered: 0, undecided: 0 };
    fc.assert(
      fc.property(fc.array(edit, { maxLength: 6 }), fc.oneof(objectText, jsonText), (edits, text) => {
        const { outcome, result } = run(edits, text);
        const bytes = Buffer.from(text);
        if (!validateJson(bytes)) {
          assert.equal(outcome, undefined);
          return;
        }
        assert.notEqual(outcome, undefined);
        const value = parseJson(bytes);
        let expected: unknown;
        try {
          expected = editValue(edits, value);
        } catch (error) {
          // Two members of one name: what becomes of them is decided on the value.
          assert.equal((error as { code: string }).code, "IGC_TRANSFORM_CONFLICT");
          assert.ok(outcome === EditOutcome.undecided || outcome === EditOutcome.filtered);
          return;
        }
        if (outcome === EditOutcome.undecided) {
          decided.undecided++;
        } else if (outcome === EditOutcome.filtered) {
          decided.filtered++;
          assert.equal(expected, FILTERED);
        } else if (outcome === EditOutcome.unchanged) {
          decided.unchanged++;
          assert.deepEqual(structuredClone(expected), structuredClone(value));
        } else {
          decided.changed++;
          const actual = parseJson(result);
          assert.deepEqual(structuredClone(actual), structuredClone(expected));
          // JavaScript moves keys that look like numbers to the front, and back when they are renamed.
          if (edits.some(({ kind }) => kind === "rename")) return;
          assert.deepEqual(Object.keys(actual as object), Object.keys(expected as object));
        }
        if (outcome !== EditOutcome.changed) assert.equal(result.length, 0);
      }),
      { numRuns: 8000 },
    );
    assert.ok(decided.changed > 300 && decided.unchanged > 50 && decided.filtered > 50, JSON.stringify(decided));
    assert.ok(decided.undecided < 4000, JSON.stringify(decided));
  });

  it("leaves keys with escapes and repeated keys to decoding", () => {
    const edits: FieldEdit[] = [{ kind: "remove", keys: new Set(["a"]) }];
    assert.equal(run(edits, '{"\\u0061":1}').outcome, EditOutcome.undecided);
    assert.equal(run(edits, '{"a":{"\\u0061":"\\u0061"}}').outcome, EditOutcome.changed);
    assert.equal(run(edits, '[{"\\u0061":1}]').outcome, EditOutcome.unchanged);
    assert.equal(run(edits, '{"a":1,"a":2}').outcome, EditOutcome.undecided);
    assert.equal(run(edits, '{"b":1,"b":2,"a":3}').result.toString(), '{"b":1,"b":2}');
  });

  it("copies unchanged members with their white space", () => {
    const edits: FieldEdit[] = [
      { kind: "remove", keys: new Set(["b"]) },
      { kind: "set", key: "c", value: staticValue("new") },
      { kind: "set", key: "z", value: staticValue(0) },
    ];
    const { result } = run(edits, ' { "a" : 1.0 , "b":{} , "c" : [1] ,"d":  "x","e":12345678901234567890 } ');
    assert.equal(result.toString(), '{"a" : 1.0,"c":"new","d":  "x","e":12345678901234567890,"z":0}');
  });

  it("renames, selects and requires without decoding", () => {
    const edits: FieldEdit[] = [
      { kind: "require", keys: ["n"], test: ({ n }) => n === 1 },
      {
        kind: "rename",
        names: new Map([
          ["a", "b"],
          ["b", "a"],
          ["n", "number"],
        ]),
        onConflict: "fail",
      },
      { kind: "select", keep: (name) => name !== "x" },
    ];
    assert.equal(run(edits, '{ "a" : [1] , "b":2,"x":{},"n": 1}').result.toString(), '{"b" : [1],"a":2,"number": 1}');
    assert.equal(run(edits, '{"n":2}').outcome, EditOutcome.filtered);
    assert.equal(run(edits, "{}").outcome, EditOutcome.filtered);
    assert.equal(run(edits, "[]").outcome, EditOutcome.undecided);
  });

  it("never exceeds its bound", () => {
    const long: FieldEdit[] = KEYS.map((name) => ({ kind: "set", key: name, value: staticValue("v".repeat(50)) }));
    const editor = new ObjectEditor(long);
    fc.assert(
      fc.property(fc.uniqueArray(key), (names) => {
        const text = Buffer.from(stringifyJson(names.map((name) => [name, 1])));
        const object = Buffer.from(stringifyJson(Object.fromEntries(parseJson(text) as [string, number][])));
        const output = new OutputBuffer(0);
        editPayload(editor, object, 0, object.length, output);
        assert.ok(output.position <= object.length + editor.addedBytes);
      }),
    );
  });

  it("does not change payloads that are not objects", () => {
    for (const text of ["[]", "1", "null", '"{}"', "true"]) {
      assert.equal(run([{ kind: "set", key: "a", value: staticValue(1) }], text).outcome, EditOutcome.unchanged);
      assert.equal(isJsonObject(parseJson(Buffer.from(text))), false);
    }
  });
});
