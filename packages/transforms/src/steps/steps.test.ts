import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { HeaderValue } from "@iggy-connectors/sdk";
import { makeFrames, PARTITION } from "@iggy-connectors/test-support";
import { type CompileOptions, compileTransforms } from "../chain/compile.ts";
import { createBatchPlan, type PlanResult } from "../plan/batch-plan.ts";

async function run(
  chain: unknown,
  payloads: readonly string[],
  headers: [string, HeaderValue][] = [],
): Promise<PlanResult> {
  const plan = createBatchPlan({ schema: "json", transforms: await compileTransforms(chain) });
  return plan.run(makeFrames(payloads.map((payload) => ({ payload, headers: new Map(headers) }))), PARTITION);
}

const values = ({ batch }: PlanResult): unknown[] => [...batch].map(({ value }) => value);

async function compileError(step: object, options: CompileOptions = {}): Promise<{ place: string; message: string }> {
  try {
    await compileTransforms([step], options);
  } catch (error) {
    return error as { place: string; message: string };
  }
  return assert.fail("it compiled");
}

describe("a step's condition", () => {
  it("lets other messages pass unchanged, and fails a message for which it cannot be evaluated", async () => {
    const result = await run(
      [
        {
          type: "add_fields",
          name: "mark",
          when: 'payload.n > 1 && topic == "orders"',
          fields: [{ key: "m", value: { static: 1 } }],
        },
      ],
      ['{"n":1}', '{"n":2}', "{}"],
    );
    assert.deepEqual(values(result), [{ n: 1 }, { n: 2, m: 1 }]);
    const [failure] = result.failed;
    assert.deepEqual(
      [failure?.index, failure?.transform, failure?.error.code],
      [2, "mark", "IGC_TRANSFORM_EXPRESSION"],
    );
    assert.match(failure!.error.place!, /^transforms\[0\] \(add_fields "mark"\), expression/);
  });
});

describe("expressions", () => {
  it("do not hide that a payload cannot be decoded", async () => {
    for (const condition of [
      'payload.n > 1 && topic == "other"',
      'topic == "orders" && payload == 1',
      "has(payload.n)",
    ]) {
      const { failed, filtered } = await run([{ type: "filter", condition }], ["{"]);
      assert.deepEqual(
        [failed[0]?.stage, failed[0]?.error.code, filtered],
        ["decode", "IGC_DECODE_JSON", 0],
        condition,
      );
    }
    const { failed } = await run([{ type: "flatten", when: "payload.n == 1 || true" }], ["{"]);
    assert.equal(failed[0]?.stage, "decode");
  });
});

describe("metadata-only steps", () => {
  it("change headers without decoding, and still find payloads that are not JSON", async () => {
    const result = await run(
      [
        { type: "insert_headers", headers: { a: "1", n: 2, half: 0.5, yes: true } },
        { type: "drop_headers", headers: ["old"], pattern: "^x-" },
      ],
      ['{ "kept" : "as it is" }', "{"],
      [
        ["old", { kind: "string", value: "o" }],
        ["x-trace", { kind: "string", value: "t" }],
      ],
    );
    const [message] = result.batch;
    assert.equal(Buffer.from(message!.payload).toString(), '{ "kept" : "as it is" }');
    assert.deepEqual(
      [...message!.headers],
      [
        ["a", { kind: "string", value: "1" }],
        ["n", { kind: "int64", value: 2n }],
        ["half", { kind: "float64", value: 0.5 }],
        ["yes", { kind: "bool", value: true }],
      ],
    );
    assert.deepEqual(
      result.failed.map(({ stage, error }) => [stage, error.code]),
      [["decode", "IGC_DECODE_JSON"]],
    );
  });
});

describe("steps that filter or multiply messages", () => {
  it("are counted by name, per consumed message", async () => {
    const result = await run(
      [
        { type: "explode" },
        { type: "filter", name: "small", condition: "payload < 10" },
        { type: "filter", condition: "true", mode: "drop", when: "payload == 5" },
      ],
      ["[1,20,5]", "[20,30]", "[5]", "7"],
    );
    assert.deepEqual(values(result), [1, 7]);
    assert.equal(result.batch.consumed, 2);
    assert.equal(result.filtered, 2);
    assert.deepEqual(
      [...result.filteredBy],
      [
        ["small", 1],
        ["filter", 1],
      ],
    );
  });

  it("support views, slices and lines when several messages are made of one", async () => {
    const { batch } = await run([{ type: "explode" }], ["[1,[2]]", "[]", "[3]"]);
    assert.deepEqual(
      [...batch].map(({ offset, value }) => [offset, value]),
      [
        [100n, 1],
        [100n, [2]],
        [102n, 3],
      ],
    );
    assert.equal(Buffer.from(batch.toLines()).toString(), "1\n[2]\n3\n");
    assert.deepEqual([batch.length, batch.consumed, batch.slice(1, 3).consumed], [3, 2, 2]);
    assert.equal(Buffer.from(batch.slice(1, 2).payload(0)).toString(), "[2]");
  });
});

describe("times", () => {
  it("keep their digits, and name values that are not times", async () => {
    const convert = (from: string, to: string, more: object = {}) => ({
      type: "timestamp_convert",
      field: "t",
      from,
      to,
      ...more,
    });
    const cases: readonly (readonly [object, unknown, unknown])[] = [
      [convert("rfc3339", "epoch_nanos"), "2023-11-14T22:13:20.123456789+01:00", 1699996400123456789n],
      [convert("epoch_nanos", "rfc3339"), 1700000000000000001n, "2023-11-14T22:13:20.000000001Z"],
      [convert("epoch_seconds", "epoch_millis"), -1.5, -1500],
      [convert("epoch_millis", "epoch_seconds"), -1, -1],
      [convert("date", "epoch_seconds"), "1970-01-02", 86400],
      [convert("epoch_seconds", "date", { timezone: "Europe/Berlin" }), 86399, "1970-01-02"],
      [convert("rfc3339", "yyyy/LL"), "2024-02-29T00:00:00Z", "2024/02"],
    ];
    for (const [step, input, expected] of cases) {
      const payload = `{"t":${typeof input === "bigint" ? input : JSON.stringify(input)}}`;
      assert.deepEqual(values(await run([step], [payload])), [{ t: expected }], payload);
    }
    for (const wrong of ["2023-02-30T00:00:00Z", "2023-01-01T24:00:00Z", "2023-01-01", "x"]) {
      const { failed } = await run([convert("rfc3339", "epoch_millis")], [JSON.stringify({ t: wrong })]);
      assert.equal(failed[0]?.error.code, "IGC_TRANSFORM_TIMESTAMP", wrong);
      assert.match(failed[0]!.error.place!, /field t$/);
    }
    assert.match(
      (await compileError(convert("epoch_minutes", "date"))).message,
      /epoch_minutes.* is not a time format/,
    );
    assert.match(
      (await compileError(convert("date", "date", { timezone: "Mars/Olympus" }))).message,
      /no such time zone/,
    );
  });
});

describe("settings", () => {
  it("are refused with their key", async () => {
    const cases: readonly (readonly [object, string, CompileOptions?])[] = [
      [{ type: "rename_fields", fields: { "a..b": "c" } }, "transforms[0].fields.a..b"],
      [{ type: "rename_fields", fields: { a: "l[0]" }, on_conflict: "suffix" }, "transforms[0].fields.a"],
      [{ type: "cast", fields: { a: "int" } }, "transforms[0].fields.a"],
      [{ type: "mask_fields", fields: ["a"], replacement: 1, keep_last: 1 }, "transforms[0].keep_last"],
      [{ type: "filter", condition: "payload." }, "transforms[0].condition"],
      [{ type: "filter", condition: "nothing == 1" }, "transforms[0].condition"],
      [{ type: "map", fields: { "a[0]": "1" } }, "transforms[0].fields.a[0]"],
      [{ type: "validate", schema: { type: "nothing" } }, "transforms[0].schema"],
      [{ type: "validate" }, "transforms[0].schema"],
      [{ type: "validate", schema_path: "./missing.json" }, "transforms[0].schema_path"],
      [{ type: "route", to: "a" }, "transforms[0].type", { connector: "sink" }],
      [{ type: "route", to: "b", field: "x" }, "transforms[0].field"],
      [{ type: "insert_headers", headers: { a: "" } }, "transforms[0].headers.a"],
      [{ type: "field_to_header", fields: { a: "x".repeat(256) } }, "transforms[0].fields.a"],
      [{ type: "script", path: "./x.ts" }, "transforms[0].path"],
      [
        { type: "add_fields", paths: true, fields: [{ key: "a.", value: { static: 1 } }] },
        "transforms[0].fields[0].key",
      ],
    ];
    for (const [step, place, options] of cases)
      assert.equal((await compileError(step, options)).place, place, JSON.stringify(step));
  });
});
