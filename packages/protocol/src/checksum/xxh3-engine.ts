/** A way to compute XXH3, 64 bit, seed 0. */
export interface Xxh3Engine {
  hash(bytes: Uint8Array): bigint;

  /**
   * Hashes `count` ranges of `bytes`: range i is [bounds[i] + skip, bounds[i + 1]), bounds ascend and lie in `bytes`.
   * The hashes are written to `into` from `at` on, 8 little-endian bytes each.
   */
  hashRanges(bytes: Uint8Array, bounds: Uint32Array, count: number, skip: number, into: Uint8Array, at: number): void;
}
