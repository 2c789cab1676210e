import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import fc from "fast-check";
import { partitionForKey } from "../batch/writing/partition-for-key.ts";
import { ProtocolError } from "../errors.ts";
import { XXH3_MODULE_BASE64, XXH3_MODULE_SHA256, XXH3_SOURCE_SHA256 } from "./generated/xxh3-module.ts";
import { createWasmEngine, RANGES, WINDOW } from "./wasm-engine.ts";
import { xxh3, xxh3Engine } from "./xxh3.ts";
import type { Xxh3Engine } from "./xxh3-engine.ts";
import { portableEngine } from "./xxh3-portable.ts";
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

const engine = createWasmEngine();
assert.ok(engine !== undefined, "WebAssembly with vectors is available where tests run");
const wasmEngine: Xxh3Engine = engine;

/** The input that the vectors are made of. */
function patterned(length: number): Buffer {
  return Buffer.from(Uint8Array.from({ length }, (_, i) => (i * 131 + 7) % 256));
}

function sha256(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

describe("xxh3", () => {
  assert.ok(vectors.xxh3_64.length > 20);
  for (const { length, hash } of vectors.xxh3_64) {
    it(`vector of ${length} bytes`, () => {
      assert.equal(xxh3(patterned(length)), BigInt(hash));
      assert.equal(wasmEngine.hash(patterned(length)), BigInt(hash));
      assert.equal(portableEngine.hash(patterned(length)), BigInt(hash));
    });
  }

  it("both engines agree at every length, wherever the input lies", () => {
    const input = patterned(2100);
    for (let length = 0; length <= 2000; length++) {
      const bytes = input.subarray(length % 13, (length % 13) + length);
      assert.equal(wasmEngine.hash(bytes), portableEngine.hash(bytes), `${length} bytes`);
    }
  });

  it("both engines agree on any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20_000, size: "max" }), fc.nat(16), (array, from) => {
        const bytes = array.subarray(Math.min(from, array.length));
        assert.equal(wasmEngine.hash(bytes), portableEngine.hash(bytes));
      }),
    );
  });

  it("both engines agree on inputs that take several pieces", () => {
    const input = patterned(3 * WINDOW + 100);
    for (const windows of [1, 2, 3]) {
      for (const rest of [-1025, -1, 0, 1, 63, 64, 65, 100]) {
        const bytes = input.subarray(0, windows * WINDOW + rest);
        assert.equal(wasmEngine.hash(bytes), portableEngine.hash(bytes), `${windows} windows and ${rest} bytes`);
      }
    }
    assert.equal(wasmEngine.hash(input.subarray(0, 4096)), portableEngine.hash(input.subarray(0, 4096)));
  });
});

describe("hashes of ranges", () => {
  /** Hashes by the engine, with bytes around them that must stay as they are. */
  function hashRanges(by: Xxh3Engine, bytes: Buffer, bounds: Uint32Array, skip: number): Buffer {
    const count = bounds.length - 1;
    const into = Buffer.alloc(4 + 8 * count + 4, 0xee);
    by.hashRanges(bytes, bounds, count, skip, into, 4);
    assert.equal(into.readUInt32LE(0), 0xeeee_eeee);
    assert.equal(into.readUInt32LE(4 + 8 * count), 0xeeee_eeee);
    return into.subarray(4, 4 + 8 * count);
  }

  function boundsOf(first: number, lengths: readonly number[]): Uint32Array {
    let bound = first;
    return Uint32Array.from([first, ...lengths.map((length) => (bound += length))]);
  }

  function assertEachRange(bytes: Buffer, bounds: Uint32Array, skip: number): void {
    const hashes = hashRanges(wasmEngine, bytes, bounds, skip);
    assert.deepEqual(hashRanges(portableEngine, bytes, bounds, skip), hashes);
    for (let i = 0; i < bounds.length - 1; i++) {
      const range = bytes.subarray(bounds[i]! + skip, bounds[i + 1]!);
      assert.equal(hashes.readBigUInt64LE(8 * i), portableEngine.hash(range), `range ${i}`);
    }
  }

  it("are those of their copies, wherever they lie", () => {
    const bytes = patterned(10_000);
    const lengths = fc.array(fc.integer({ min: 8, max: 600 }), { minLength: 1, maxLength: 15 });
    fc.assert(
      fc.property(fc.nat(300), lengths, fc.nat(8), (first, list, skip) => {
        assertEachRange(bytes, boundsOf(first, list), skip);
      }),
    );
  });

  it("do not depend on how many ranges fit the window", () => {
    const list = [WINDOW - 300, 300, 1, WINDOW, 5, WINDOW + 1, 7, 3 * WINDOW + 9, 20, WINDOW - 1, 2];
    assertEachRange(patterned(9 * WINDOW), boundsOf(3, list), 0);
    const framed = [WINDOW + 8, WINDOW + 7, WINDOW + 9, 9, 8];
    assertEachRange(patterned(4 * WINDOW), boundsOf(0, framed), 8);
  });

  it("do not depend on how many ranges go into one call", () => {
    const list = Array.from({ length: 2 * RANGES + 5 }, (_, i) => 8 + (i % 5));
    const bounds = boundsOf(1, list);
    assertEachRange(patterned(bounds.at(-1)!), bounds, 8);
  });

  it("of no ranges are none", () => {
    assert.equal(hashRanges(wasmEngine, patterned(10), Uint32Array.of(0), 0).length, 0);
  });
});

describe("the WebAssembly module", () => {
  it("is what its source compiles to", () => {
    const source = ["poll.ts", "xxh3.ts"]
      .map((name) => readFileSync(new URL(`../../wasm/${name}`, import.meta.url), "utf8"))
      .join("")
      .replaceAll("\r\n", "\n");
    assert.equal(sha256(source), XXH3_SOURCE_SHA256, "run scripts/build-wasm.mjs, see wasm/README.md");
    assert.equal(sha256(Buffer.from(XXH3_MODULE_BASE64, "base64")), XXH3_MODULE_SHA256);
  });

  it("is used where it can run, and once", () => {
    assert.notEqual(xxh3Engine(), portableEngine);
    assert.equal(xxh3Engine(), xxh3Engine());
  });

  const module = JSON.stringify(new URL("./xxh3.ts", import.meta.url).href);
  const missing = {
    "there is no WebAssembly": "delete globalThis.WebAssembly;",
    "WebAssembly refuses the module":
      "WebAssembly.Module = class { constructor() { throw new WebAssembly.CompileError('no vectors'); } };",
  };
  for (const [condition, statement] of Object.entries(missing)) {
    it(`has a replacement where ${condition}`, () => {
      const script = `
        const { xxh3 } = await import(${module});
        ${statement}
        console.log(String(xxh3(Buffer.alloc(1000, 5))));`;
      const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
        encoding: "utf8",
      });
      assert.equal(stdout.trim(), String(wasmEngine.hash(Buffer.alloc(1000, 5))), stderr);
    });
  }
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
