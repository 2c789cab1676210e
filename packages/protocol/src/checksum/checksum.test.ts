import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import fc from "fast-check";
import { partitionForKey } from "../batch/partition-for-key.ts";
import { ProtocolError } from "../errors.ts";
import { nativeXxh3 } from "./native.ts";
import { xxh3, xxh3Range } from "./xxh3.ts";
import { xxh3Portable } from "./xxh3-portable.ts";
import { xxh32 } from "./xxh32.ts";

interface Vectors {
  readonly xxh3_64: readonly { readonly length: number; readonly hash: string }[];
  readonly xxh32: readonly {
    readonly utf8: string;
    readonly hash: number;
    readonly mod_3: number;
    readonly mod_10: number;
  }[];
}

const vectors: Vectors = JSON.parse(
  readFileSync(new URL("../vsr/fixtures/vectors/hashes.json", import.meta.url), "utf8"),
);

/** The input that the vectors are made of. */
function patterned(length: number): Buffer {
  return Buffer.from(Uint8Array.from({ length }, (_, i) => (i * 131 + 7) % 256));
}

function portable(bytes: Buffer, start = 0, end = bytes.length): bigint {
  const words = new Int32Array(2);
  xxh3Portable(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), start, end, words);
  return (BigInt(words[1]! >>> 0) << 32n) | BigInt(words[0]! >>> 0);
}

describe("xxh3", () => {
  assert.ok(vectors.xxh3_64.length > 20);
  for (const { length, hash } of vectors.xxh3_64) {
    it(`vector of ${length} bytes`, () => {
      assert.equal(xxh3(patterned(length)), BigInt(hash));
      assert.equal(portable(patterned(length)), BigInt(hash));
    });
  }

  it("the portable code agrees with the native code at every length up to several blocks", (t) => {
    const native = nativeXxh3();
    if (native === undefined) return t.skip("no native build for this platform");
    const input = patterned(5000);
    for (let length = 0; length < input.length; length += length < 600 ? 1 : 37) {
      assert.equal(portable(input, 0, length), native.xxh64(input.subarray(0, length)), `length ${length}`);
    }
  });

  it("the portable code agrees with the native code on any bytes", (t) => {
    const native = nativeXxh3();
    if (native === undefined) return t.skip("no native build for this platform");
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3000, size: "max" }), (array) => {
        const bytes = Buffer.from(array);
        assert.equal(portable(bytes), native.xxh64(bytes));
      }),
    );
  });

  it("a range hashes as its copy does, wherever it lies", () => {
    const bytes = patterned(4000);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    fc.assert(
      fc.property(fc.nat(1500), fc.nat(2500), (start, length) => {
        const words = new Int32Array(2);
        xxh3Range(bytes, view, start, start + length, words);
        assert.equal(new BigUint64Array(words.buffer)[0], xxh3(Buffer.from(bytes.subarray(start, start + length))));
      }),
    );
  });
});

describe("xxh32", () => {
  for (const { utf8, hash, mod_3, mod_10 } of vectors.xxh32) {
    it(`vector ${JSON.stringify(utf8)}`, () => {
      const key = Buffer.from(utf8, "utf8");
      assert.equal(xxh32(key), hash);
      assert.equal(partitionForKey(key, 3), mod_3);
      assert.equal(partitionForKey(key, 10), mod_10);
    });
  }

  it("works on any view of bytes", () => {
    const array = Uint8Array.from(Buffer.from("xxalphaxx"));
    assert.equal(xxh32(array.subarray(2, 7)), 1409586120);
  });

  it("a topic without partitions has none for a key", () => {
    assert.throws(() => partitionForKey(Buffer.from("alpha"), 0), ProtocolError);
  });
});
