import assert from "node:assert/strict";
import { it } from "node:test";
import { OutputBuffer } from "@iggy-connectors/sdk";
import fc from "fast-check";
import { writeVarint, writeVarint64, writeVarintSafe } from "./varint.ts";

function written(write: (output: OutputBuffer) => void): Buffer {
  const output = new OutputBuffer(0);
  write(output);
  return output.bytes.subarray(0, output.position);
}

/** Around every power of two. */
const integer = fc
  .tuple(fc.nat(53), fc.integer({ min: -2, max: 2 }))
  .map(([bits, offset]) => Math.min(Number.MAX_SAFE_INTEGER, Math.max(0, 2 ** bits + offset)));

it("writes an integer as a double, a bigint or 32 bits in the same bytes", () => {
  fc.assert(
    fc.property(integer, (value) => {
      const expected = written((output) => writeVarint64(output, BigInt(value)));
      assert.deepEqual(
        written((output) => writeVarintSafe(output, value)),
        expected,
      );
      if (value > 0xffff_ffff) return;
      assert.deepEqual(
        written((output) => writeVarint(output, value)),
        expected,
      );
    }),
    { numRuns: 500 },
  );
});
