import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { makeFrames, PARTITION } from "@iggy-connectors/test-support";
import { compileTransforms } from "../chain/compile.ts";
import { createBatchPlan } from "../plan/batch-plan.ts";
import { plainHeader } from "../values/headers.ts";

type Step = Readonly<Record<string, unknown>>;

/** What a step makes of a message: its payload and headers as text, or the error. */
async function outcome(step: Step, payload: string, headers: Readonly<Record<string, string>> = {}): Promise<string> {
  const typed = new Map(Object.entries(headers).map(([name, value]) => [name, { kind: "string", value } as const]));
  const plan = createBatchPlan({ schema: "json", transforms: await compileTransforms([step]) });
  const { batch, failed } = plan.run(makeFrames([{ payload, headers: typed }]), PARTITION);
  const [failure] = failed;
  // The message begins with the place.
  if (failure !== undefined) return `${failure.error.code}: ${failure.error.message.replace(/^.*?: /, "")}`;
  return [...batch]
    .map((message) => {
      const shown = [...message.headers].map(([name, value]) => `${name}=${plainHeader(value)}`).join(" ");
      return `${Buffer.from(message.payload).toString()}${shown === "" ? "" : ` ${shown}`}`;
    })
    .join(" | ");
}

interface Case {
  readonly name: string;
  readonly step: Step;
  readonly payload: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly byDefault: "fail" | "replace";
  readonly fail: string;
  readonly replace: string;
  readonly keep: string;
  readonly suffix: string;
}

const CASES: readonly Case[] = [
  {
    name: "flatten, nested first",
    step: { type: "flatten" },
    payload: '{"a":{"b":1},"a.b":2}',
    byDefault: "fail",
    fail: "the top-level field a.b and another field would both be named a.b",
    replace: '{"a.b":2}',
    keep: '{"a.b":1}',
    suffix: '{"a.b":1,"a.b_2":2}',
  },
  {
    name: "flatten, nested last",
    step: { type: "flatten" },
    payload: '{"a.b":2,"a":{"b":1}}',
    byDefault: "fail",
    fail: "the field b of a and another field would both be named a.b",
    replace: '{"a.b":1}',
    keep: '{"a.b":2}',
    suffix: '{"a.b":2,"a.b_2":1}',
  },
  {
    name: "flatten, separators within names",
    step: { type: "flatten", delimiter: "_" },
    payload: '{"a_b":{"c":1},"a":{"b_c":[2]}}',
    byDefault: "fail",
    fail: "the field b_c of a and another field would both be named a_b_c",
    replace: '{"a_b_c":[2]}',
    keep: '{"a_b_c":1}',
    suffix: '{"a_b_c":1,"a_b_c_2":[2]}',
  },
  {
    name: "flatten, an object that is not flattened",
    step: { type: "flatten", max_depth: 1 },
    payload: '{"a.b":{},"a":{"b":{"c":1}}}',
    byDefault: "fail",
    fail: "the field b of a and another field would both be named a.b",
    replace: '{"a.b":{"c":1}}',
    keep: '{"a.b":{}}',
    suffix: '{"a.b":{},"a.b_2":{"c":1}}',
  },
  {
    name: "flatten, empty names and delimiter",
    step: { type: "flatten", delimiter: "" },
    payload: '{"":{"__proto__":1},"__proto__":2}',
    byDefault: "fail",
    fail: "the top-level field __proto__ and another field would both be named __proto__",
    replace: '{"__proto__":2}',
    keep: '{"__proto__":1}',
    suffix: '{"__proto__":1,"__proto___2":2}',
  },
  {
    name: "rename_fields",
    step: { type: "rename_fields", fields: { a: "b" } },
    payload: '{"a":1,"b":2}',
    byDefault: "fail",
    fail: "a and another field would both be named b",
    replace: '{"b":1}',
    keep: '{"b":2}',
    suffix: '{"b_2":1,"b":2}',
  },
  {
    name: "rename_fields to a path",
    step: { type: "rename_fields", fields: { "u.m": "mail", n: "mail" } },
    payload: '{"u":{"m":1},"n":2}',
    byDefault: "fail",
    fail: "n and another field would both be named mail",
    replace: '{"u":{},"mail":2}',
    keep: '{"u":{},"mail":1}',
    suffix: '{"u":{},"mail":1,"mail_2":2}',
  },
  {
    name: "add_fields",
    step: { type: "add_fields", fields: [{ key: "a", value: { static: 9 } }] },
    payload: '{"a":1,"b":2}',
    byDefault: "replace",
    fail: "an added field and another field would both be named a",
    replace: '{"a":9,"b":2}',
    keep: '{"a":1,"b":2}',
    suffix: '{"a":1,"b":2,"a_2":9}',
  },
  {
    name: "header_to_field",
    step: { type: "header_to_field", headers: { h: "m.a" }, operation: "move" },
    payload: '{"m":{"a":1}}',
    headers: { h: "x" },
    byDefault: "fail",
    fail: "the header h and another field would both be named m.a",
    replace: '{"m":{"a":"x"}}',
    keep: '{"m":{"a":1}}',
    suffix: '{"m":{"a":1,"a_2":"x"}}',
  },
  {
    name: "insert_metadata",
    step: { type: "insert_metadata", fields: { topic: "t" } },
    payload: '{"t":null}',
    byDefault: "fail",
    fail: "the metadata topic and another field would both be named t",
    replace: '{"t":"orders"}',
    keep: '{"t":null}',
    suffix: '{"t":null,"t_2":"orders"}',
  },
  {
    name: "field_to_header",
    step: { type: "field_to_header", fields: { a: "h" }, operation: "move" },
    payload: '{"a":1,"b":2}',
    headers: { h: "x" },
    byDefault: "fail",
    fail: "the field a and another header would both be named h",
    replace: '{"b":2} h=1',
    keep: '{"b":2} h=x',
    suffix: '{"b":2} h=x h_2=1',
  },
  {
    name: "insert_headers",
    step: { type: "insert_headers", headers: { h: "y" } },
    payload: '{"b":2}',
    headers: { h: "x" },
    byDefault: "replace",
    fail: "the inserted header and another header would both be named h",
    replace: '{"b":2} h=y',
    keep: '{"b":2} h=x',
    suffix: '{"b":2} h=x h_2=y',
  },
  {
    name: "explode",
    step: { type: "explode", field: "l", index_field: "i" },
    payload: '{"l":[{"i":"a"}]}',
    byDefault: "fail",
    fail: "the index and another field would both be named i",
    replace: '{"i":0}',
    keep: '{"i":"a"}',
    suffix: '{"i":"a","i_2":0}',
  },
];

describe("two values of one name", () => {
  for (const { name, step, payload, headers, byDefault, ...expected } of CASES) {
    it(`are treated as on_conflict says: ${name}`, async () => {
      for (const policy of ["fail", "replace", "keep", "suffix"] as const) {
        const wanted = policy === "fail" ? `IGC_TRANSFORM_CONFLICT: ${expected.fail}` : expected[policy];
        assert.equal(await outcome({ ...step, on_conflict: policy }, payload, headers), wanted, policy);
        if (policy === byDefault) assert.equal(await outcome(step, payload, headers), wanted, "by default");
      }
    });
  }

  it("are refused at the start where a policy cannot be applied", async () => {
    for (const [step, reason] of [
      [{ type: "insert_metadata", fields: { topic: "l[0]" }, on_conflict: "suffix" }, /must end with a name/],
      [{ type: "header_to_field", headers: { h: "l[*].a" }, on_conflict: "keep" }, /must not have \[\*\]/],
      [{ type: "insert_headers", headers: { h: 1 }, overwrite: true, on_conflict: "keep" }, /beside overwrite/],
    ] as const) {
      await assert.rejects(compileTransforms([step]), reason);
    }
  });
});
