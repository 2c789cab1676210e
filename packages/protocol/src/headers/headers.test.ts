import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { headerEntry } from "../../test/properties/arbitraries.ts";
import { ProtocolError } from "../errors.ts";
import type { HeaderValue } from "../values/headers.ts";
import { decodeHeaderEntries, decodeHeaders, encodeHeaders } from "./block.ts";
import { headersFrom } from "./headers-from.ts";

const key: HeaderValue = { kind: "string", value: "k" };

describe("header blocks", () => {
  it("any entries survive, in order", () => {
    fc.assert(
      fc.property(fc.array(headerEntry, { maxLength: 20 }), (entries) => {
        assert.deepEqual(decodeHeaderEntries(encodeHeaders(entries)), entries);
      }),
    );
  });

  it("by key text, where the later of two equal keys counts", () => {
    const block = encodeHeaders([
      { key, value: { kind: "uint8", value: 1 } },
      { key: { kind: "int32", value: -7 }, value: { kind: "bool", value: true } },
      { key: { kind: "raw", value: Buffer.of(0xab, 1) }, value: { kind: "string", value: "x" } },
      { key, value: { kind: "uint8", value: 2 } },
    ]);
    const headers = decodeHeaders(block);
    assert.deepEqual([...headers.keys()], ["k", "-7", "ab01"]);
    assert.deepEqual(headers.get("k"), { kind: "uint8", value: 2 });
  });

  it("values that their kind cannot hold are refused", () => {
    const refused: HeaderValue[] = [
      { kind: "int8", value: 128 },
      { kind: "uint16", value: -1 },
      { kind: "int32", value: 1.5 },
      { kind: "uint32", value: 2 ** 32 },
      { kind: "int64", value: 1n << 63n },
      { kind: "uint128", value: -1n },
      { kind: "string", value: "" },
      { kind: "string", value: "\ud800" },
      { kind: "raw", value: new Uint8Array(256) },
    ];
    for (const value of refused) assert.throws(() => encodeHeaders([{ key, value }]), ProtocolError, value.kind);
  });

  it("more than 100 000 bytes are refused", () => {
    const value: HeaderValue = { kind: "raw", value: new Uint8Array(255) };
    assert.throws(() => encodeHeaders(Array.from({ length: 400 }, () => ({ key, value }))), { code: 4017 });
  });

  it("malformed blocks are refused with their place", () => {
    const block = encodeHeaders([{ key, value: { kind: "uint16", value: 5 } }]);
    /** Key kind unknown, key empty, value kind of another size, value longer than the block. */
    const changes = [
      [0, 16],
      [1, 0],
      [6, 4],
      [7, 9],
    ] as const;
    for (const [at, byte] of changes) {
      const bytes = Buffer.from(block);
      bytes[at] = byte;
      assert.throws(() => decodeHeaderEntries(bytes), ProtocolError);
    }
    assert.throws(() => decodeHeaderEntries(block.subarray(0, 7)), ProtocolError);
    const unknownKind = Buffer.from(block);
    unknownKind[6] = 99;
    assert.throws(() => decodeHeaderEntries(unknownKind), { offset: 6 });
  });
});

describe("headersFrom", () => {
  it("gives plain values their kinds", () => {
    const entries = headersFrom({
      text: "x",
      yes: true,
      count: -5,
      ratio: 0.5,
      large: 2 ** 60,
      zero: -0,
      long: 7n,
      unsigned: (1n << 64n) - 1n,
      wide: -(1n << 100n),
      widest: 1n << 127n,
      bytes: Buffer.of(1),
    });
    assert.deepEqual(
      entries.map(({ value }) => value.kind),
      ["string", "bool", "int64", "float64", "float64", "float64", "int64", "uint64", "int128", "uint128", "raw"],
    );
    assert.deepEqual(decodeHeaderEntries(encodeHeaders(entries)), entries);
  });

  it("names the key that does not fit", () => {
    assert.throws(() => headersFrom({ fine: 1, note: "x".repeat(256) }), /"note".*256 bytes/);
    assert.throws(() => headersFrom({ empty: "" }), /"empty"/);
    assert.throws(() => headersFrom({ "": "value" }), ProtocolError);
    assert.throws(() => headersFrom({ huge: 1n << 128n }), /"huge"/);
  });
});
