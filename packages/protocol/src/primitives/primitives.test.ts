import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { u8, u16, u32, u64, u128 } from "../../test/properties/arbitraries.ts";
import { ProtocolError } from "../errors.ts";
import { Reader } from "./reader.ts";
import { Writer } from "./writer.ts";

describe("writer and reader", () => {
  it("every value survives, whatever the buffer's first capacity", () => {
    const text = fc.string({ unit: "grapheme", maxLength: 30 });
    fc.assert(
      fc.property(
        u8,
        u16,
        u32,
        u64,
        u128,
        fc.double(),
        text,
        fc.uint8Array(),
        fc.nat(64),
        (a, b, c, d, e, f, g, h, n) => {
          const writer = new Writer(n);
          writer.u8(a).u16(b).u32(c).u64(d).u128(e).f64(f).f32(0.5).bool(true).str8(g).str32(g).zeros(3).bytes(h);
          const reader = new Reader(Uint8Array.from(writer.finish()));
          assert.equal(reader.remaining, writer.length);
          assert.deepEqual([reader.u8(), reader.u16(), reader.u32(), reader.u64(), reader.u128()], [a, b, c, d, e]);
          assert.deepEqual([reader.f64(), reader.f32(), reader.bool()], [f, 0.5, true]);
          assert.deepEqual([reader.str8(), reader.str32()], [g, g]);
          assert.deepEqual([...reader.bytes(3)], [0, 0, 0]);
          assert.deepEqual([...reader.rest()], [...h]);
          reader.expectEnd();
        },
      ),
    );
  });

  it("reads beyond the end name the place", () => {
    const reader = new Reader(Buffer.of(1, 2, 3));
    reader.u16();
    assert.throws(() => reader.u16(), { name: "ProtocolError", offset: 2 });
    assert.throws(() => reader.bytes(0xffff_ffff), ProtocolError);
    assert.equal(reader.position, 2);
    assert.throws(() => reader.expectEnd(), /1 surplus/);
  });

  it("text must be UTF-8 in both directions", () => {
    assert.throws(() => new Reader(Buffer.of(2, 0xc3, 0x28)).str8(), /UTF-8/);
    assert.throws(() => new Writer().str8("\ud800"), ProtocolError);
    assert.throws(() => new Writer().str8("x".repeat(256)), /256 bytes/);
  });

  it("flags are 0 or 1", () => {
    assert.throws(() => new Reader(Buffer.of(2)).bool(), ProtocolError);
  });

  it("values that do not fit are refused, not cut", () => {
    const writer = new Writer();
    for (const write of [
      () => writer.u8(256),
      () => writer.u8(-1),
      () => writer.u16(1.5),
      () => writer.u32(2 ** 32),
      () => writer.u32(Number.NaN),
      () => writer.u64(-1n),
      () => writer.u64(1n << 64n),
      () => writer.u128(1n << 128n),
      () => writer.patchU32(0, 1),
    ]) {
      assert.throws(write, ProtocolError);
    }
    assert.equal(writer.length, 0);
  });

  it("patches and resets", () => {
    const writer = new Writer();
    writer.u32(0).u8(7).patchU32(0, 5);
    assert.deepEqual([...writer.finish()], [5, 0, 0, 0, 7]);
    assert.deepEqual([...writer.reset().u8(1).finish()], [1]);
  });
});
