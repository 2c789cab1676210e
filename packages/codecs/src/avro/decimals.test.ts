import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseJson } from "@iggy-connectors/sdk";
import { createAvroCodec } from "./avro-codec.ts";

const DECIMAL = { type: "bytes", logicalType: "decimal", precision: 38, scale: 4 };

/** What is read again of a JSON text that was written as a record with this type of `v`. */
function roundTrip(type: unknown, text: string): unknown {
  const schemaJson = JSON.stringify({ type: "record", name: "R", fields: [{ name: "v", type }] });
  const codec = createAvroCodec({ schemaJson, logical: "logical" });
  return (codec.decode(codec.encode(parseJson(Buffer.from(`{"v":${text}}`)))) as { v: unknown }).v;
}

describe("decimals of Avro", () => {
  for (const [text, expected] of [
    ["1.10", "1.1000"],
    ["12345678901234567.89", "12345678901234567.8900"],
    ["-0.0001", "-0.0001"],
    ["1e2", "100.0000"],
    ["1.25E-2", "0.0125"],
    ["12.5e-3", "0.0125"],
    ["123456789012345678901234567890", "123456789012345678901234567890.0000"],
    ["0.10000", "0.1000"],
    ['"98765432109876543.21"', "98765432109876543.2100"],
    ["0e9", "0.0000"],
  ] as const) {
    it(`keep all digits of ${text}`, () => {
      assert.equal(roundTrip(DECIMAL, text), expected);
      assert.equal(roundTrip(["null", DECIMAL], text), expected, "in a nullable field");
      assert.deepEqual(roundTrip({ type: "array", items: DECIMAL }, `[${text}]`), [expected], "in an array");
      assert.deepEqual(roundTrip({ type: "map", values: DECIMAL }, `{"k":${text}}`), { k: expected }, "in a map");
    });
  }

  it("are refused where the type does not hold them", () => {
    for (const text of ["0.00001", "1e40", "1e400", "1e99999", '"x"', "true", "1e-5"]) {
      assert.throws(() => roundTrip(DECIMAL, text), { code: "IGC_SOURCE_ENCODE" }, text);
    }
  });

  it("leave a number to a branch of its own type", () => {
    assert.equal(roundTrip(["double", DECIMAL], "1.50"), 1.5);
  });
});
