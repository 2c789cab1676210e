import { wasmHasher } from "./wasm/hasher.ts";
import { xxh3Portable } from "./xxh3-portable.ts";

const words = new Int32Array(2);
const digest = new BigUint64Array(words.buffer);
const whole = new Uint32Array(2);

/** From this length on WebAssembly wins over copying the input to it; it takes none shorter than 17 bytes. */
const WASM_FROM = 64;

/** XXH3, 64 bit, seed 0: the hash of message frames, batches and request bodies. */
export function xxh3(bytes: Uint8Array): bigint {
  if (bytes.length >= WASM_FROM) {
    const hasher = wasmHasher(bytes.length, 1);
    if (hasher !== undefined) {
      whole[1] = bytes.length;
      const hash = hasher.ranges(bytes, whole, 1, 0);
      return new DataView(hash.buffer, hash.byteOffset).getBigUint64(0, true);
    }
  }
  xxh3Portable(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), 0, bytes.length, words);
  return digest[0]!;
}

/**
 * Hashes of `count` ranges of `bytes`, 8 little-endian bytes each: range i is [bounds[i] + skip, bounds[i + 1]), and
 * has at least 17 bytes. One call for many ranges costs a fraction of many calls. The returned bytes are valid until
 * the next call of this module.
 */
export function xxh3Ranges(bytes: Uint8Array, bounds: Uint32Array, count: number, skip: number): Uint8Array {
  const hasher = wasmHasher(bytes.length, count);
  return hasher === undefined
    ? xxh3RangesPortable(bytes, bounds, count, skip)
    : hasher.ranges(bytes, bounds, count, skip);
}

/** {@link xxh3Ranges} without WebAssembly. */
export function xxh3RangesPortable(bytes: Uint8Array, bounds: Uint32Array, count: number, skip: number): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const hashes = new Uint8Array(8 * count);
  const target = new DataView(hashes.buffer);
  for (let i = 0; i < count; i++) {
    xxh3Portable(view, bounds[i]! + skip, bounds[i + 1]!, words);
    target.setInt32(8 * i, words[0]!, true);
    target.setInt32(8 * i + 4, words[1]!, true);
  }
  return hashes;
}
