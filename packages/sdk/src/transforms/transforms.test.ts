import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseJson, stringifyJson } from "../codecs/json.ts";
import type { Schema } from "../contract/message.ts";
import { createBatchPlan } from "../pipeline/batch-plan.ts";
import { loadFixtures } from "../testing/fixtures.ts";
import { makeFrames, PARTITION } from "../testing/frames.ts";
import { compileTransforms } from "./compile.ts";

type Payload = Readonly<Record<string, unknown>>;
interface Case {
  readonly name: string;
  readonly transform?: string;
  readonly config: { readonly transforms?: unknown } & Readonly<Record<string, unknown>>;
  readonly input?: Payload;
  readonly expected?: Payload;
  readonly expected_error?: string;
  readonly stage?: "config" | "transform";
}

const KINDS: Readonly<Record<string, Schema>> = {
  json: "json",
  text: "text",
  raw_hex: "raw",
  avro_hex: "avro",
  flatbuffer_hex: "flat_buffer",
  proto: "proto",
};
const UUID_PATTERNS: Readonly<Record<string, RegExp>> = {
  uuid_v4: /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  uuid_v7: /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
};
const EPOCH_UNITS: Readonly<Record<string, number>> = {
  epoch_seconds: 1000,
  epoch_millis: 1,
  epoch_micros: 1e-3,
  epoch_nanos: 1e-6,
};

function kindOf(payload: Payload): { kind: Schema; value: unknown } {
  const [name, value] = Object.entries(payload)[0]!;
  return { kind: KINDS[name]!, value: name.endsWith("_hex") ? Buffer.from(value as string, "hex") : value };
}

/** Deep equality but for the fixtures' matchers, which stand for any value of their form. */
function assertMatches(actual: unknown, expected: unknown): void {
  const matcher = (expected as { $match?: string } | null)?.$match;
  if (matcher !== undefined) {
    if (UUID_PATTERNS[matcher] !== undefined) assert.match(actual as string, UUID_PATTERNS[matcher]);
    else if (matcher === "rfc3339_utc") assertNow(Date.parse(actual as string));
    else assertNow(Number(actual) * EPOCH_UNITS[matcher]!);
    return;
  }
  if (typeof expected !== "object" || expected === null || Buffer.isBuffer(expected)) {
    assert.deepEqual(actual, expected);
    return;
  }
  assert.equal(Array.isArray(actual), Array.isArray(expected));
  assert.deepEqual(Object.keys(actual as object).sort(), Object.keys(expected).sort());
  for (const [key, value] of Object.entries(expected)) assertMatches((actual as Record<string, unknown>)[key], value);
}

function assertNow(millis: number): void {
  assert.ok(Math.abs(millis - Date.now()) < 60_000, `${millis} is not now`);
}

/** Whatever this version does not have yet is refused when enabled, and says so. */
const UNSUPPORTED = /unwrap_envelope|filter_fields|update_fields|_convert/;

function runCase(test: Case): void {
  const transforms = test.transform === undefined ? test.config.transforms : [{ type: test.transform, ...test.config }];
  const compile = () => compileTransforms(transforms);
  if (UNSUPPORTED.test(enabledTypes(transforms))) {
    assert.throws(compile, { name: "FatalError", code: "IGC_CONFIG_TRANSFORM_UNSUPPORTED" });
    return;
  }
  if (test.expected_error !== undefined) {
    assert.throws(compile, {
      name: "FatalError",
      code: /^IGC_CONFIG_TRANSFORM_(INVALID|UNKNOWN)$/,
      fix: /./,
      place: /transforms/,
    });
    return;
  }
  const { kind, value } = kindOf(test.input!);
  const expected = kindOf(test.expected!);
  assertMatches(compile().apply(value, kind), expected.value);
  if (kind === "json" || kind === "text" || kind === "raw") {
    const payload = kind === "json" ? stringifyJson(value) : (value as string | Uint8Array);
    const plan = createBatchPlan({ schema: kind, transforms: compile() });
    const { batch, failed } = plan.run(makeFrames([payload]), PARTITION);
    assert.deepEqual(failed, []);
    assertMatches(batch.at(0).value, expected.value);
  }
}

/** The original's types that are switched on, as text. */
function enabledTypes(transforms: unknown): string {
  const entries = Array.isArray(transforms)
    ? transforms.map((item: { type: string; enabled?: boolean }) => [item.type, item] as const)
    : Object.entries((transforms ?? {}) as Record<string, { enabled?: unknown } | null>);
  return entries
    .filter(([, table]) => table !== null && table.enabled !== false)
    .map(([type]) => type)
    .join();
}

for (const file of ["add_fields.json", "delete_fields.json", "pipeline.json"]) {
  describe(`${file}, on values and on bytes`, () => {
    for (const test of loadFixtures<Case>(file)) it(test.name, () => runCase(test));
  });
}

describe("transforms", () => {
  it("ask for computed values anew for every field and message", () => {
    const plan = compileTransforms([
      {
        type: "add_fields",
        fields: ["a", "b"].map((key) => ({ key, value: { computed: "uuid_v7" } })),
      },
    ]);
    const { batch } = createBatchPlan({ schema: "json", transforms: plan }).run(makeFrames(["{}", "{}"]), PARTITION);
    const uuids = [...batch].flatMap(({ value }) => Object.values(value as Record<string, string>));
    assert.equal(new Set(uuids).size, 4);
  });

  it("never change their input", () => {
    const plan = compileTransforms([
      { type: "delete_fields", fields: ["a"] },
      { type: "add_fields", fields: [{ key: "__proto__", value: { static: 1 } }] },
    ]);
    const input = { a: 1, b: 2 };
    const output = plan.apply(input, "json") as object;
    assert.deepEqual(input, { a: 1, b: 2 });
    assert.equal(stringifyJson(output), '{"b":2,"__proto__":1}');
    assert.equal(Object.getPrototypeOf(output), Object.prototype);
  });

  it("hand back the same value when nothing changed", () => {
    const plan = compileTransforms([{ type: "delete_fields", fields: ["zz"] }]);
    const input = parseJson(Buffer.from('{"a":1}'));
    assert.equal(plan.apply(input, "json"), input);
  });
});
