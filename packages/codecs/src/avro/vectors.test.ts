import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { OutputBuffer } from "@iggy-connectors/sdk";
import {
  bytesOf,
  type CodecCase,
  FIXTURES,
  loadCodecCases,
  mappingsOf,
  payloadOf,
} from "@iggy-connectors/test-support";
import { type AvroOptions, createAvroCodec } from "./avro-codec.ts";

interface Config {
  readonly schema_json?: string;
  readonly schema_path?: string;
  readonly extract_as_json?: boolean;
  readonly field_mappings?: Readonly<Record<string, string>>;
}

function optionsOf(config: Config): AvroOptions {
  return {
    schemaJson: config.schema_json,
    schemaPath: config.schema_path,
    asBytes: config.extract_as_json === false,
    fieldMappings: mappingsOf(config.field_mappings),
    folders: [FIXTURES],
  };
}

function runCase(test: CodecCase<Config>): void {
  if (test.op === "construct") {
    assert.throws(() => createAvroCodec(optionsOf(test.config)), { name: "FatalError", code: /^IGC_CONFIG_SCHEMA_/ });
    return;
  }
  const codec = createAvroCodec(optionsOf(test.config));
  if (test.op === "decode") {
    const bytes = bytesOf(test.input);
    assert.equal(codec.accepts(bytes, 0, bytes.length), test.expected_error === undefined);
    if (test.expected_error !== undefined) {
      assert.throws(() => codec.decode(bytes), { name: "RejectedError", code: "IGC_DECODE_AVRO" });
      return;
    }
    assert.deepEqual(codec.decode(bytes), payloadOf(test.expected!).value);
    if (test.expected_logical !== undefined) {
      const logical = createAvroCodec({ ...optionsOf(test.config), logical: "logical" });
      assert.deepEqual(logical.decode(bytes), test.expected_logical.json);
      assert.deepEqual(Buffer.from(logical.encode(test.expected_logical.json)), bytes);
    }
    return;
  }
  const { kind, value } = payloadOf(test.input);
  if (test.expected_error !== undefined) {
    assert.throws(() => codec.encode(value, kind), { name: "RejectedError", code: "IGC_SOURCE_ENCODE" });
    return;
  }
  const encoded = Buffer.from(codec.encode(value, kind));
  assert.equal(encoded.toString("hex"), test.expected!.hex);
  const output = new OutputBuffer(0);
  output.writeText("before");
  codec.encodeInto(value, kind, output);
  assert.deepEqual(Buffer.from(output.bytes.subarray(6, output.position)), encoded);
}

describe("avro vectors", () => {
  for (const test of loadCodecCases<Config>("avro.json")) it(test.name, () => runCase(test));
});
