import assert from "node:assert/strict";
import { join } from "node:path";
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
import { createProtoCodec, type ProtoOptions } from "./proto-codec.ts";

interface Config {
  readonly descriptor_set?: string;
  readonly message_type?: string;
  readonly use_any_wrapper?: boolean;
  readonly preserve_unknown_fields?: boolean;
  readonly field_mappings?: Readonly<Record<string, string>>;
  readonly format_options?: { readonly type_url_prefix?: string };
}

const ERRORS: Readonly<Record<string, string>> = {
  InvalidJsonPayload: "IGC_SOURCE_ENCODE",
  InvalidPayloadType: "IGC_DECODE_PROTO",
  InvalidProtobufPayload: "IGC_DECODE_PROTO",
  "CannotDecode(proto)": "IGC_DECODE_PROTO",
};

function optionsOf(config: Config): ProtoOptions {
  return {
    mode: config.message_type !== undefined ? "message" : config.use_any_wrapper === false ? "raw" : "any",
    descriptorSet: config.descriptor_set === undefined ? undefined : join("proto", config.descriptor_set),
    messageType: config.message_type,
    preserveUnknownFields: config.preserve_unknown_fields,
    fieldMappings: mappingsOf(config.field_mappings),
    typeUrlPrefix: config.format_options?.type_url_prefix,
    folders: [FIXTURES],
  };
}

function runCase(test: CodecCase<Config>): void {
  const codec = createProtoCodec(optionsOf(test.config));
  if (test.op === "decode") {
    const bytes = bytesOf(test.input);
    assert.equal(codec.accepts(bytes, 0, bytes.length), test.expected_error === undefined);
    if (test.expected_error !== undefined) {
      assert.throws(() => codec.decode(bytes), { name: "RejectedError", code: ERRORS[test.expected_error] });
      return;
    }
    assert.deepEqual(codec.decode(bytes), payloadOf(test.expected!).value);
    const shifted = Buffer.concat([Buffer.from("ff08", "hex"), bytes, Buffer.from("ff", "hex")]);
    assert.deepEqual(codec.decode(shifted, 2, shifted.length - 1), payloadOf(test.expected!).value);
    if (test.expected_camel_case !== undefined) {
      const camelCase = createProtoCodec({ ...optionsOf(test.config), jsonNames: true });
      assert.deepEqual(camelCase.decode(bytes), test.expected_camel_case.json);
    }
    return;
  }
  const { kind, value } = payloadOf(test.input);
  if (test.expected_error !== undefined) {
    assert.throws(() => codec.encode(value, kind), { name: "RejectedError", code: ERRORS[test.expected_error] });
    return;
  }
  const encoded = Buffer.from(codec.encode(value, kind));
  if (test.expected?.hex !== undefined) assert.equal(encoded.toString("hex"), test.expected.hex);
  else {
    const any = codec.decode(encoded) as { type_url: string; value: string };
    assert.equal(any.type_url, test.expected!.any!.type_url);
    const content = JSON.parse(Buffer.from(any.value, "base64").toString()) as Record<string, unknown>;
    assert.deepEqual(Object.keys(content), ["text", "timestamp", "encoding"]);
    assert.ok(Math.abs((content.timestamp as number) - Date.now()) < 60_000);
    return;
  }
  const output = new OutputBuffer(0);
  output.writeText("before");
  codec.encodeInto(value, kind, output);
  assert.deepEqual(Buffer.from(output.bytes.subarray(6, output.position)), encoded);
}

describe("protobuf vectors", () => {
  for (const test of loadCodecCases<Config>("proto.json")) it(test.name, () => runCase(test));
});
