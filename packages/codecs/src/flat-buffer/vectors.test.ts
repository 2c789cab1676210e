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
import { createFlatBufferCodec, type FlatBufferOptions } from "./flat-buffer-codec.ts";

interface Config {
  readonly schema_path?: string;
  readonly root_table_name?: string;
  readonly extract_as_json?: boolean;
  readonly verify_buffers?: boolean;
  readonly field_mappings?: Readonly<Record<string, string>>;
}

function optionsOf(config: Config): FlatBufferOptions {
  return {
    schemaPath: config.schema_path,
    rootType: config.root_table_name,
    asBytes: config.extract_as_json === false,
    verify: config.verify_buffers,
    fieldMappings: mappingsOf(config.field_mappings),
    folders: [FIXTURES],
  };
}

function runCase(test: CodecCase<Config>): void {
  const codec = createFlatBufferCodec(optionsOf(test.config));
  if (test.op === "decode") {
    const bytes = bytesOf(test.input);
    assert.equal(codec.accepts(bytes, 0, bytes.length), test.expected_error === undefined);
    if (test.expected_error !== undefined) {
      assert.throws(() => codec.decode(bytes), { name: "RejectedError", code: "IGC_DECODE_FLAT_BUFFER" });
      return;
    }
    assert.deepEqual(codec.decode(bytes), payloadOf(test.expected!).value);
    const shifted = Buffer.concat([Buffer.from("ff08", "hex"), bytes, Buffer.from("ff", "hex")]);
    assert.deepEqual(codec.decode(shifted, 2, shifted.length - 1), payloadOf(test.expected!).value);
    if (test.expected_with_defaults !== undefined) {
      const complete = createFlatBufferCodec({ ...optionsOf(test.config), emitDefaults: true });
      assert.deepEqual(complete.decode(bytes), test.expected_with_defaults.json);
    }
    return;
  }
  const { kind, value } = payloadOf(test.input);
  if (test.expected_error !== undefined) {
    assert.throws(() => codec.encode(value, kind), { name: "RejectedError", code: "IGC_SOURCE_ENCODE" });
    return;
  }
  const encoded = Buffer.from(codec.encode(value, kind));
  if (test.expected?.hex !== undefined) assert.equal(encoded.toString("hex"), test.expected.hex);
  else if (test.expected?.decodes_to !== undefined) assert.deepEqual(codec.decode(encoded), test.expected.decodes_to);
  else assert.ok(encoded.length > 0);
  const output = new OutputBuffer(0);
  output.writeText("before");
  codec.encodeInto(value, kind, output);
  assert.deepEqual(Buffer.from(output.bytes.subarray(6, output.position)), encoded);
}

describe("FlatBuffers vectors", () => {
  for (const test of loadCodecCases<Config>("flatbuffer.json")) it(test.name, () => runCase(test));
});
