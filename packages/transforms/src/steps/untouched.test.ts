import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { validateJson } from "@iggy-connectors/sdk";
import { MemberSpans, scanJson } from "@iggy-connectors/sdk/internal";
import { jsonText, makeFrames, PARTITION } from "@iggy-connectors/test-support";
import fc from "fast-check";
import { compileTransforms } from "../chain/compile.ts";
import { createBatchPlan } from "../plan/batch-plan.ts";

/** The members of an object as they are written, in order, except those of these keys. */
function membersOf(text: string, except: readonly string[]): string[] {
  const bytes = Buffer.from(text);
  const members = new MemberSpans();
  assert.ok(scanJson(bytes, 0, bytes.length, members) >= 0, text);
  return Array.from({ length: members.length }, (_, index) => {
    const [start, middle, end] = members.spans.subarray(index * 3, index * 3 + 3);
    const value = bytes.toString("utf8", middle, end).replace(/^[ \t\r\n]*:[ \t\r\n]*/, "");
    return { key: bytes.toString("utf8", start, middle), value };
  })
    .filter(({ key }) => !except.includes(JSON.parse(key) as string))
    .map(({ key, value }) => `${key}: ${value}`);
}

function memberText(text: string, name: string): string {
  const found = membersOf(text, []).findLast((member) => member.startsWith(`"${name}": `));
  assert.ok(found !== undefined, `${name} in ${text}`);
  return found.slice(name.length + 4);
}

const space = fc.stringMatching(/^[ \t\n]{0,2}$/);
const json = jsonText.map((text) => text.trim()).filter((text) => validateJson(Buffer.from(text)));
const key = fc.oneof(
  fc.constantFrom('"10"', '"2"', '"a"', '"b"', '"é"', '"\\u00e9"', '"__proto__"', '"04"', '""', '"a.b"'),
  fc.string({ unit: "grapheme" }).map((text) => JSON.stringify(text)),
);
/** Names that steps below use are not among the others. */
const NAMED = ["target", "nested", "moved", "added", "op", "after", "before", "payload", "list", "inner"];
const other = fc
  .tuple(key, space, space, json)
  .filter(([name]) => !NAMED.includes(JSON.parse(name) as string))
  .map(([name, before, after, value]) => `${name}${before}:${after}${value}`);
const others = fc.array(other, { maxLength: 4 });

/** An object of which one member is given, among others. */
function around(member: string) {
  return fc
    .tuple(others, others, space, space)
    .map(
      ([before, after, outer, inner]) => `${outer}{${inner}${[...before, member, ...after].join(`,${inner}`)}${outer}}`,
    );
}

async function runner(transforms: unknown) {
  const plan = createBatchPlan({ schema: "json", transforms: await compileTransforms(transforms) });
  return (text: string): string[] => {
    const { batch, failed } = plan.run(makeFrames([text]), PARTITION);
    assert.deepEqual(
      failed.map(({ error }) => error.message),
      [],
    );
    return Array.from({ length: batch.length }, (_, index) => Buffer.from(batch.payload(index)).toString());
  };
}

const SIMPLE: readonly (readonly [title: string, target: string, step: Record<string, unknown>])[] = [
  ["add_fields", "1", { type: "add_fields", fields: [{ key: "added", value: { static: 1.5 } }] }],
  [
    "add_fields, on_conflict",
    "1",
    { type: "add_fields", on_conflict: "suffix", fields: [{ key: "added", value: { static: 1 } }] },
  ],
  ["delete_fields", "1", { type: "delete_fields", fields: ["target"] }],
  ["delete_fields by path", "1", { type: "delete_fields", paths: true, fields: ["target"] }],
  ["update_fields", "1", { type: "update_fields", paths: true, fields: [{ key: "target", value: { static: 2 } }] }],
  ["rename_fields", "1", { type: "rename_fields", fields: { target: "moved" } }],
  ["cast", '"5"', { type: "cast", fields: { target: "integer" } }],
  ["mask_fields", '"secret"', { type: "mask_fields", fields: ["target"] }],
  ["hash_fields", "1.10", { type: "hash_fields", fields: ["target"] }],
  [
    "timestamp_convert",
    "1700000000123",
    { type: "timestamp_convert", field: "target", from: "epoch_millis", to: "rfc3339" },
  ],
  ["insert_metadata", "1", { type: "insert_metadata", fields: { offset: "added" } }],
  ["header_to_field", "1", { type: "header_to_field", headers: { missing: "added" } }],
  ["field_to_header", "1", { type: "field_to_header", fields: { target: "h" }, operation: "move" }],
  ["filter", "1", { type: "filter", condition: "payload.target == 1" }],
  ["a condition", "1", { type: "cast", fields: { target: "string" }, when: "payload.target == 1" }],
  [
    "a condition over the whole payload",
    "1",
    { type: "cast", fields: { target: "string" }, when: "size(payload) > 0" },
  ],
  ["map", "1", { type: "map", keep: true, fields: { added: "payload.target + 1" } }],
  ["validate", "1", { type: "validate", schema: { type: "object" } }],
  ["explode", "[1,2]", { type: "explode", field: "target", keep: true }],
  [
    "filter_fields",
    "1",
    {
      type: "filter_fields",
      include_matching: false,
      patterns: [{ key_pattern: { exact: "target" }, value_pattern: "is_number" }],
    },
  ],
];

describe("what a step does not touch", () => {
  for (const [title, target, step] of SIMPLE) {
    it(`keeps its bytes and its order: ${title}`, async () => {
      const run = await runner([step]);
      const names = ["target", "added", "added_2", "moved"];
      fc.assert(
        fc.property(around(`"target" :${target}`), (text) => {
          const results = run(text);
          assert.ok(results.length > 0);
          for (const result of results) assert.deepEqual(membersOf(result, names), membersOf(text, names));
        }),
        { numRuns: 150 },
      );
    });
  }

  it("keeps its bytes and its order at every depth", async () => {
    const run = await runner([
      { type: "cast", fields: { "nested.list[*].target": "string" } },
      { type: "delete_fields", paths: true, fields: ["nested.op"] },
      { type: "rename_fields", fields: { "nested.before": "nested.after" } },
      { type: "add_fields", paths: true, fields: [{ key: "nested.added", value: { static: [1] } }] },
    ]);
    const element = around('"target": 5');
    const nested = fc
      .tuple(element, element)
      .chain(([one, two]) => around(`"op":1 , "before" :1.10, "list": [ ${one} ,${two}]`));
    fc.assert(
      fc.property(
        nested.chain((inner) => around(`"nested" : ${inner.trim()}`)),
        (text) => {
          const [result] = run(text);
          assert.deepEqual(membersOf(result!, ["nested"]), membersOf(text, ["nested"]));
          const names = ["list", "op", "before", "after", "added"];
          const [before, after] = [memberText(text, "nested"), memberText(result!, "nested")];
          assert.deepEqual(membersOf(after, names), membersOf(before, names));
          assert.equal(memberText(after, "after"), "1.10");
          assert.equal(memberText(after, "added"), "[1]");
        },
      ),
      { numRuns: 200 },
    );
  });

  it("moves values as they are written", async () => {
    const numbers = '{"p":1.10,"q":1e2,"r":12345678901234567.89,"10":1,"2":[ 1.0 ],"s":"\\u0041","s":2}';
    const cases: readonly (readonly [unknown, string, readonly string[]])[] = [
      [{ type: "extract_field", field: "inner" }, `{"inner": ${numbers} }`, [numbers]],
      [{ type: "extract_field", field: "inner.r" }, `{"inner": ${numbers} }`, ["12345678901234567.89"]],
      [{ type: "unwrap_envelope", field: "payload" }, `{"payload":${numbers}}`, [numbers]],
      [{ type: "hoist_field", field: "value" }, ` ${numbers}`, [`{"value":${numbers}}`]],
      [{ type: "hoist_field", field: "value" }, "1e400", ['{"value":1e400}']],
      [{ type: "explode", field: "list" }, `{"list":[${numbers} ,1.10]}`, [numbers, "1.10"]],
      [{ type: "explode" }, "[1.0 , 1e400]", ["1.0", "1e400"]],
      [{ type: "flatten" }, '{"a":{"b":1.10,"2":{"c":1e2}},"1":-0}', ['{"a.b":1.10,"a.2.c":1e2,"1":-0}']],
      [{ type: "debezium_unwrap" }, `{"op":"u","after":${numbers}}`, [numbers]],
      [{ type: "rename_fields", fields: { "a.b": "c" } }, '{"a":{"b":1.10,"x":1.0}}', ['{"a":{"x":1.0},"c":1.10}']],
      [{ type: "map", fields: { "m.x": "payload.a.b" } }, '{"a":{"b":[1.10, 2]}}', ['{"m":{"x":[1.10, 2]}}']],
      [
        { type: "map", fields: { all: "[payload.a, {'z': payload.b, '2': [payload.b, 'k', true, null, 7, 1.5]}]" } },
        '{"a":12345678901234567.89,"b":{"y":1.10,"1":[ 1e2 ]}}',
        [
          '{"all":[12345678901234567.89,{"z":{"y":1.10,"1":[ 1e2 ]},"2":[{"y":1.10,"1":[ 1e2 ]},"k",true,null,7,1.5]}]}',
        ],
      ],
      [
        { type: "jsonata", expression: '{"b": b, "big": r, "list": [r]}' },
        '{"b":1.10,"r":12345678901234567.89}',
        ['{"b":1.10,"big":12345678901234567.89,"list":[12345678901234567.89]}'],
      ],
      [
        { type: "cast", fields: { a: "string", b: "string", c: "integer", d: "float" } },
        '{"a":1.10,"b":12345678901234567890.5,"c":12345678901234567890.0,"d":"0.12345678901234567890"}',
        ['{"a":"1.10","b":"12345678901234567890.5","c":12345678901234567890,"d":0.12345678901234567890}'],
      ],
      [{ type: "mask_fields", fields: ["a"], keep_last: 3 }, '{"a":1.10}', ['{"a":"*.10"}']],
    ];
    for (const [step, input, expected] of cases)
      assert.deepEqual((await runner([step]))(input), expected, JSON.stringify(step));
  });

  it("keeps the digits of headers and keys", async () => {
    const plan = createBatchPlan({
      schema: "json",
      transforms: await compileTransforms([{ type: "field_to_header", fields: { a: "h" } }]),
    });
    const { batch } = plan.run(makeFrames(['{"a":1.10}']), PARTITION);
    assert.deepEqual(batch.at(0).headers.get("h"), { kind: "string", value: "1.10" });
    assert.equal(Buffer.from(batch.payload(0)).toString(), '{"a":1.10}');
  });

  it("leaves no repeated key behind when a step names it", async () => {
    for (const [step, expected] of [
      [{ type: "mask_fields", fields: ["a"] }, '{"b":1,"a":""}'],
      [{ type: "delete_fields", fields: ["a"] }, '{"b":1}'],
      [{ type: "rename_fields", fields: { a: "c" } }, '{"b":1,"c":"y"}'],
    ] as const) {
      assert.deepEqual((await runner([step]))('{"a":"x","b":1,"a":"y"}'), [expected]);
    }
  });
});
