import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { CodecKeys } from "@iggy-connectors/codecs";
import { createCodec, producedCodec, valueCodec } from "@iggy-connectors/codecs";
import type { Schema } from "@iggy-connectors/sdk";
import {
  bytesOf,
  type CodecCase,
  loadCodecCases,
  makeFrames,
  PARTITION,
  payloadOf,
} from "@iggy-connectors/test-support";
import { createBatchPlan } from "./batch-plan.ts";

interface Config extends CodecKeys {
  readonly schema?: Schema;
}

const FORMATS: readonly unknown[] = ["proto", "avro", "flat_buffer"];
const codecOf = (schema: Schema, keys: CodecKeys) => createCodec(schema, keys, { folders: [], topic: "t" });

async function runCase({ op, config, input, expected, expected_error: failure }: CodecCase<Config>): Promise<void> {
  const { schema = "json", ...keys } = config;
  switch (op) {
    case "to_bytes": {
      const { kind, value } = payloadOf(input);
      assert.equal(Buffer.from(valueCodec(kind).encode(value)).toString("hex"), expected?.hex);
      return;
    }
    case "from_bytes": {
      const codec = producedCodec(schema);
      const value = codec.decode(bytesOf(input));
      const wanted = payloadOf(expected!);
      assert.deepEqual({ kind: codec.kindOf?.(value) ?? codec.kind, value }, wanted);
      return;
    }
    case "sink_delivery": {
      const plan = createBatchPlan({ schema, codec: await codecOf(schema, keys) });
      const { batch, failed } = plan.run(makeFrames([bytesOf(input)]), PARTITION);
      assert.deepEqual(failed, []);
      assert.equal(batch.schema, "json");
      assert.deepEqual(batch.at(0).value, expected?.json);
      assert.deepEqual(JSON.parse(Buffer.from(batch.payload(0)).toString()), expected?.json);
      return;
    }
    default: {
      assert.equal(op, "encode_accepts");
      const codec = await codecOf(schema, keys);
      const { kind, value } = payloadOf(input);
      if (failure === undefined) assert.ok(codec.encode(value, kind).length > 0);
      else assert.throws(() => codec.encode(value, kind), { name: "RejectedError", code: /^IGC_SOURCE_/ });
    }
  }
}

describe("conversions of formats with a schema", () => {
  for (const test of loadCodecCases<Config>("payload_conversions.json")) {
    if (test.op === "parse_schema") continue;
    const concerned = test.op === "to_bytes" ? payloadOf(test.input).kind : test.config.schema;
    if (FORMATS.includes(concerned)) it(`${test.op}: ${test.name}`, () => runCase(test));
  }
});
