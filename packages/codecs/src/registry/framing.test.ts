import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Schema } from "@iggy-connectors/sdk";
import { loadFixtures } from "@iggy-connectors/test-support";
import fc from "fast-check";
import { dataStart, frameHeader, readMessageIndexes, readSchemaId } from "./framing.ts";

interface Case {
  readonly name: string;
  readonly op: "frame" | "unframe";
  readonly config: {
    readonly format: "avro" | "json" | "protobuf";
    readonly schema_id?: number;
    readonly message_indexes?: number[];
  };
  readonly input: { readonly hex?: string; readonly payload_hex?: string };
  readonly expected?: {
    readonly hex?: string;
    readonly schema_id?: number;
    readonly message_indexes?: number[];
    readonly payload_hex?: string;
  };
  readonly expected_error?: string;
}

const SCHEMAS: Readonly<Record<Case["config"]["format"], Schema>> = { avro: "avro", json: "json", protobuf: "proto" };

function runCase({ op, config, input, expected, expected_error }: Case): void {
  const schema = SCHEMAS[config.format];
  if (op === "frame") {
    const header = frameHeader(config.schema_id!, config.message_indexes);
    assert.equal(Buffer.concat([header, Buffer.from(input.payload_hex!, "hex")]).toString("hex"), expected!.hex);
    return;
  }
  const bytes = Buffer.concat([Buffer.from("00"), Buffer.from(input.hex!, "hex")]);
  const start = 2;
  if (expected_error !== undefined) {
    assert.throws(() => readSchemaId(schema, bytes, start, bytes.length), {
      code: `IGC_DECODE_${schema.toUpperCase()}`,
    });
    return;
  }
  assert.equal(readSchemaId(schema, bytes, start, bytes.length), expected!.schema_id);
  let data = dataStart(start);
  if (schema === "proto") {
    const { indexes, next } = readMessageIndexes(bytes, data, bytes.length);
    assert.deepEqual(indexes, expected!.message_indexes);
    data = next;
  }
  assert.equal(bytes.toString("hex", data), expected!.payload_hex);
}

describe("the framing of a schema registry", () => {
  for (const test of loadFixtures<Case>("registry_framing.json")) it(test.name, () => runCase(test));

  it("reads back every header that it writes", () => {
    const indexes = fc.array(fc.nat(100_000), { minLength: 1, maxLength: 32 });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), indexes, (id, path) => {
        const header = frameHeader(id, path);
        assert.equal(readSchemaId("proto", header, 0, header.length), id);
        assert.deepEqual(readMessageIndexes(header, dataStart(0), header.length), {
          indexes: path,
          next: header.length,
        });
      }),
    );
  });

  it("refuses indexes without an end", () => {
    for (const hex of ["", "ff", "ffffffffffff", "04", "8001", "01"]) {
      const bytes = Buffer.from(hex, "hex");
      assert.throws(() => readMessageIndexes(bytes, 0, bytes.length), {
        name: "RejectedError",
        code: "IGC_DECODE_PROTO",
      });
    }
  });
});
