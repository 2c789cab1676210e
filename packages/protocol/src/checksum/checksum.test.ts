import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { describe, it } from "node:test";
import fc from "fast-check";
import { partitionForKey } from "../batch/partition-for-key.ts";
import { ProtocolError } from "../errors.ts";
import { wasmHasher } from "./wasm/hasher.ts";
import { xxh3, xxh3Ranges, xxh3RangesPortable } from "./xxh3.ts";
import { xxh3Portable } from "./xxh3-portable.ts";
import { xxh32 } from "./xxh32.ts";

/** An independent implementation, where the platform has a build of it. */
const native: { xxh3: { xxh64(input: Uint8Array): bigint }; xxh32(input: Uint8Array): number } | undefined = (() => {
  try {
    return createRequire(import.meta.url)("@node-rs/xxhash");
  } catch {
    return undefined;
  }
})();
const withoutNative = native === undefined && "no native build for this platform";

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

function portable(bytes: Buffer): bigint {
  const words = new Int32Array(2);
  xxh3Portable(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), 0, bytes.length, words);
  return new BigUint64Array(words.buffer)[0]!;
}

/** By WebAssembly, which takes no less than 17 bytes. */
function wasm(bytes: Buffer): bigint {
  const hash = wasmHasher(bytes.length, 1)!.ranges(bytes, Uint32Array.of(0, bytes.length), 1, 0);
  return Buffer.from(hash).readBigUInt64LE();
}

describe("xxh3", () => {
  assert.ok(vectors.xxh3_64.length > 20);
  for (const { length, hash } of vectors.xxh3_64) {
    it(`vector of ${length} bytes`, () => {
      assert.equal(xxh3(patterned(length)), BigInt(hash));
      assert.equal(portable(patterned(length)), BigInt(hash));
      if (length >= 17) assert.equal(wasm(patterned(length)), BigInt(hash));
    });
  }

  it("all implementations agree at every length up to several blocks", { skip: withoutNative }, () => {
    const input = patterned(5000);
    for (let length = 0; length < input.length; length += length < 1100 ? 1 : 37) {
      const bytes = input.subarray(0, length);
      const expected = native!.xxh3.xxh64(bytes);
      assert.equal(portable(bytes), expected, `portable, ${length} bytes`);
      assert.equal(xxh3(bytes), expected, `${length} bytes`);
      if (length >= 17) assert.equal(wasm(bytes), expected, `wasm, ${length} bytes`);
    }
  });

  it("all implementations agree on any bytes", { skip: withoutNative }, () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 17, maxLength: 3000, size: "max" }), (array) => {
        const bytes = Buffer.from(array);
        const expected = native!.xxh3.xxh64(bytes);
        assert.equal(portable(bytes), expected);
        assert.equal(wasm(bytes), expected);
        assert.equal(xxh32(bytes), native!.xxh32(bytes));
      }),
    );
  });

  it("ranges hash as their copies do, wherever they lie", () => {
    const bytes = patterned(4000);
    const lengths = fc.array(fc.integer({ min: 25, max: 600 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(fc.nat(300), lengths, (first, list) => {
        const bounds = Uint32Array.from([first, ...list]);
        for (let i = 1; i < bounds.length; i++) bounds[i] = bounds[i]! + bounds[i - 1]!;
        const hashes = Buffer.from(xxh3Ranges(bytes, bounds, list.length, 8));
        assert.deepEqual(Buffer.from(xxh3RangesPortable(bytes, bounds, list.length, 8)), hashes);
        list.forEach((_, i) => {
          assert.equal(hashes.readBigUInt64LE(8 * i), xxh3(bytes.subarray(bounds[i]! + 8, bounds[i + 1]!)));
        });
      }),
    );
  });

  it("inputs larger than the kept memory are hashed too", () => {
    const bytes = patterned(2_000_000);
    const hashes = Buffer.from(xxh3Ranges(bytes, Uint32Array.of(0, 100, 2_000_000), 2, 8));
    assert.equal(hashes.readBigUInt64LE(0), portable(bytes.subarray(8, 100)));
    assert.equal(hashes.readBigUInt64LE(8), portable(bytes.subarray(108)));
    assert.equal(xxh3(bytes), portable(bytes));
    assert.equal(xxh3(bytes.subarray(0, 1000)), portable(bytes.subarray(0, 1000)));
  });

  it("works where there is no WebAssembly", () => {
    const module = JSON.stringify(new URL("./xxh3.ts", import.meta.url).href);
    const script = `
      const { xxh3, xxh3Ranges } = await import(${module});
      delete globalThis.WebAssembly;
      const bytes = Buffer.alloc(1000, 5);
      const hash = Buffer.from(xxh3Ranges(bytes, Uint32Array.of(0, 1000), 1, 0)).readBigUInt64LE();
      console.log(typeof WebAssembly, hash === xxh3(bytes), String(hash));`;
    const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
      encoding: "utf8",
    });
    assert.equal(stdout.trim(), `undefined true ${xxh3(Buffer.alloc(1000, 5))}`, stderr);
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
