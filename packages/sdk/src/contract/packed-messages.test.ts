import assert from "node:assert/strict";
import { it } from "node:test";
import { isPacked, messageAt, messageList, type PackedMessages } from "./packed-messages.ts";

const PACKED: PackedMessages = {
  length: 2,
  bytes: Buffer.from("one,two"),
  starts: Uint32Array.of(0, 4, 9),
  ends: Uint32Array.of(3, 7, 9),
  ids: BigUint64Array.of(7n, 1n, 0n, 0n),
  timestamps: Float64Array.of(Number.NaN, 5),
  key: "k",
  partition: 3,
  stream: "s",
  headers: { h: 1 },
};
const COMMON = { key: "k", partition: 3, stream: "s", headers: { h: 1 } };

it("gives each packed message what is its own, and what all have", () => {
  assert.ok(isPacked(PACKED));
  assert.deepEqual(messageList(PACKED), [
    { payload: Buffer.from("one"), id: (1n << 64n) | 7n, ...COMMON },
    { payload: Buffer.from("two"), timestamp: 5, ...COMMON },
  ]);
  const { length, bytes, starts, ends } = PACKED;
  assert.deepEqual(messageAt({ length, bytes, starts, ends }, 1), { payload: Buffer.from("two") });
});

it("leaves a list as it is", () => {
  const list = [{ payload: 1 }, { payload: 2 }];
  assert.equal(isPacked(list), false);
  assert.equal(messageList(list), list);
  assert.equal(messageAt(list, 1), list[1]);
});
