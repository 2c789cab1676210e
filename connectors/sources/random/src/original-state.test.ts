import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { readMessagesProduced } from "./original-state.ts";

const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex, "hex"));

test("every unsigned form of MessagePack is read", () => {
  assert.equal(readMessagesProduced(bytes("9132")), 50);
  assert.equal(readMessagesProduced(bytes("9100")), 0);
  assert.equal(readMessagesProduced(bytes("91ccff")), 255);
  assert.equal(readMessagesProduced(bytes("91cd03e8")), 1000);
  assert.equal(readMessagesProduced(bytes("91ce000f4240")), 1_000_000);
  assert.equal(readMessagesProduced(bytes("91cf0000000100000000")), 2 ** 32);
});

test("anything else is not understood", () => {
  for (const hex of ["", "91", "9232", "9132ff", "91cc", "91cd03", "91ff", "91a132", "91cfffffffffffffffff", "7b7d"]) {
    assert.equal(readMessagesProduced(bytes(hex)), undefined, hex);
  }
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 12 }), (any) => {
      const read = readMessagesProduced(any);
      assert.ok(read === undefined || (any[0] === 0x91 && Number.isSafeInteger(read)));
    }),
  );
});
