import assert from "node:assert/strict";
import { it } from "node:test";
import type { PackedMessages } from "@iggy-connectors/sdk";
import { checkPacked } from "./check-packed.ts";

const TWO: PackedMessages = {
  length: 2,
  bytes: Buffer.from("abc"),
  starts: Uint32Array.of(0, 1),
  ends: Uint32Array.of(1, 3),
};

it("takes columns that are long enough, or longer", () => {
  checkPacked(TWO);
  checkPacked({ ...TWO, length: 0 });
  checkPacked({ ...TWO, length: 1, ids: new BigUint64Array(2), timestamps: new Float64Array(1) });
  checkPacked({ ...TWO, ids: undefined, timestamps: undefined });
});

it("says which column of a source is not what it must be", () => {
  for (const [changes, expected] of [
    [{ length: -1 }, /length is not a count/],
    [{ length: 1.5 }, /length is not a count/],
    [{ length: "2" }, /length is not a count/],
    [{ bytes: "abc" }, /bytes is not a Uint8Array/],
    [{ starts: [0, 1] }, /starts is not a Uint32Array of at least 2/],
    [{ ends: Uint32Array.of(1) }, /ends is not a Uint32Array of at least 2/],
    [{ ids: new BigUint64Array(3) }, /ids is not a BigUint64Array of at least 4/],
    [{ timestamps: new Float64Array(1) }, /timestamps is not a Float64Array of at least 2/],
    [{ ends: Uint32Array.of(1, 4) }, /payload 1 lies at 1 … 4, which is not in the 3 bytes/],
    [{ starts: Uint32Array.of(2, 1) }, /payload 0 lies at 2 … 1/],
  ] as const) {
    assert.throws(() => checkPacked({ ...TWO, ...changes }), expected);
  }
  assert.throws(() => checkPacked({}), /length is not a count/);
});
