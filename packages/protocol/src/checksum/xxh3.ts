import { nativeXxh3 } from "./native.ts";
import { xxh3Portable } from "./xxh3-portable.ts";

/** From this length on the native code wins over its call's fixed cost. */
const NATIVE_FROM = 1024;

const words = new Int32Array(2);
const digest = new BigUint64Array(words.buffer);

/** XXH3, 64 bit, seed 0: the hash of message frames, batches and request bodies. */
export function xxh3(bytes: Uint8Array): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  xxh3Range(bytes, view, 0, bytes.length, words);
  return digest[0]!;
}

/**
 * Hashes `bytes[start, end)` into `into`: low word, high word. `view` is a view of the same bytes.
 * For callers that hash many short ranges: neither a view per range nor a bigint is made.
 */
export function xxh3Range(bytes: Uint8Array, view: DataView, start: number, end: number, into: Int32Array): void {
  if (end - start >= NATIVE_FROM) {
    const native = nativeXxh3();
    if (native !== undefined) {
      digest[0] = native.xxh64(bytes.subarray(start, end));
      into[0] = words[0]!;
      into[1] = words[1]!;
      return;
    }
  }
  xxh3Portable(view, start, end, into);
}
