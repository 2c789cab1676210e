import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import type { HeaderValue } from "@iggy-connectors/sdk";
import { parseJson, stringifyJson } from "@iggy-connectors/sdk";
import { loadFixtures, makeFrames, PARTITION } from "@iggy-connectors/test-support";
import { assertMatches, kindOf, runOne, type VectorPayload } from "../../test/transform-case.ts";
import { compileTransforms } from "../chain/compile.ts";
import { createBatchPlan } from "../plan/batch-plan.ts";
import { plainHeader } from "../values/headers.ts";

interface Case {
  readonly name: string;
  readonly transform?: string;
  readonly config: { readonly transforms?: unknown } & Readonly<Record<string, unknown>>;
  readonly input?: VectorPayload;
  readonly input_headers?: Readonly<Record<string, string>>;
  readonly input_metadata?: { readonly stream: string; readonly topic: string };
  readonly expected?: VectorPayload;
  readonly expected_headers?: Readonly<Record<string, string>>;
  readonly expected_dropped?: boolean;
  readonly expected_error?: string;
  readonly stage?: "config" | "transform";
}

/** Our codes for the original's names of errors, which say less. */
const CODES: Readonly<Record<string, RegExp>> = {
  ExpressionError: /^IGC_TRANSFORM_EXPRESSION$/,
  CastError: /^IGC_TRANSFORM_CAST$/,
  ValidationError: /^IGC_TRANSFORM_VALIDATION$/,
  InvalidJsonPayload: /^IGC_(DECODE_JSON|SOURCE_ENCODE)$/,
  InvalidPayloadType: /^IGC_(TRANSFORM_PAYLOAD_TYPE|DECODE_FLAT_BUFFER)$/,
  InvalidConfigValue: /^IGC_(TRANSFORM_PAYLOAD_TYPE|DECODE_AVRO|SOURCE_ENCODE)$/,
  Serialization: /^IGC_SOURCE_ENCODE$/,
  "CannotDecode(avro)": /^IGC_DECODE_AVRO$/,
  "CannotDecode(flatbuffer)": /^IGC_DECODE_FLAT_BUFFER$/,
};

/** Vectors that hold for a runtime with the original's eight types alone: here the type exists, and a disabled step is not looked at. */
const KNOWN_HERE: ReadonlySet<string> = new Set(["unknown_transform_type_even_disabled"]);

const FIXTURES = fileURLToPath(new URL("../../../test-support/fixtures/", import.meta.url));

/** The vectors name schemas beside their own folder; here they lie in it. */
function withLocalPaths(config: Case["config"]): Case["config"] {
  return JSON.parse(JSON.stringify(config).replaceAll("../codecs/", "./")) as Case["config"];
}

async function runCase(test: Case): Promise<void> {
  const config = withLocalPaths(test.config);
  const transforms = test.transform === undefined ? config.transforms : [{ type: test.transform, ...config }];
  if (KNOWN_HERE.has(test.name)) {
    assert.equal((await compileTransforms(transforms)).steps.length, 0);
    return;
  }
  if (test.stage === "config") {
    await assert.rejects(compileTransforms(transforms), {
      name: "FatalError",
      code: /^IGC_CONFIG_TRANSFORM_(INVALID|UNKNOWN)$/,
      fix: /./,
      place: /transforms/,
    });
    return;
  }
  const plan = await compileTransforms(transforms, { directories: [FIXTURES] });
  const headers = new Map(
    Object.entries(test.input_headers ?? {}).map(([name, value]): [string, HeaderValue] => [
      name,
      { kind: "string", value },
    ]),
  );
  const { batch, filtered, failed } = runOne(plan, test.input!, headers, {
    stream: "s",
    topic: "t",
    partition: 0,
    ...test.input_metadata,
  });
  if (test.expected_error !== undefined) {
    assert.match(failed[0]!.error.code, CODES[test.expected_error]!);
    assert.match(failed[0]!.error.place!, /^transforms/);
    return;
  }
  assert.deepEqual(failed, []);
  if (test.expected_dropped === true) {
    assert.deepEqual([filtered, batch.length], [1, 0]);
    return;
  }
  const expected = kindOf(test.expected!);
  const message = batch.at(0);
  if (test.expected!.flatbuffer_non_empty === true) {
    assert.equal(batch.schema, "flat_buffer");
    assert.ok(message.payload.length > 0);
    return;
  }
  assert.equal(batch.schema, expected.kind);
  assertMatches(message.value, expected.value);
  if (expected.kind === "json") assertMatches(parseJson(message.payload), expected.value);
  if (test.expected_headers === undefined) return;
  const actual = Object.fromEntries([...message.headers].map(([name, value]) => [name, plainHeader(value)]));
  assert.deepEqual(actual, test.expected_headers);
}

const FILES = [
  "add_fields.json",
  "delete_fields.json",
  "update_fields.json",
  "filter_fields.json",
  "unwrap_envelope.json",
  "pipeline.json",
  "suggested_extensions.json",
  "proto_convert.json",
  "avro_convert.json",
  "flat_buffer_convert.json",
];
for (const file of FILES) {
  describe(file, () => {
    for (const test of loadFixtures<Case>(file)) it(test.name, () => runCase(test));
  });
}

const UNFILTERED = { filtered: () => assert.fail("nothing is filtered") };

describe("transforms", () => {
  it("compute values again for every field and message", async () => {
    const plan = await compileTransforms([
      {
        type: "add_fields",
        fields: ["a", "b"].map((key) => ({ key, value: { computed: "uuid_v7" } })),
      },
    ]);
    const { batch } = createBatchPlan({ schema: "json", transforms: plan }).run(makeFrames(["{}", "{}"]), PARTITION);
    const uuids = [...batch].flatMap(({ value }) => Object.values(value as Record<string, string>));
    assert.equal(new Set(uuids).size, 4);
  });

  it("never change their input", async () => {
    const plan = await compileTransforms([
      { type: "delete_fields", fields: ["a"] },
      { type: "add_fields", fields: [{ key: "__proto__", value: { static: 1 } }] },
    ]);
    const input = { a: 1, b: 2 };
    const output = plan.applyValue(input, "json", UNFILTERED) as object;
    assert.deepEqual(input, { a: 1, b: 2 });
    assert.equal(stringifyJson(output), '{"b":2,"__proto__":1}');
    assert.equal(Object.getPrototypeOf(output), Object.prototype);
  });

  it("return the same value when nothing changed", async () => {
    const plan = await compileTransforms([{ type: "delete_fields", fields: ["zz"] }]);
    const input = parseJson(Buffer.from('{"a":1}'));
    assert.equal(plan.applyValue(input, "json", UNFILTERED), input);
  });
});
