/** A way to compute XXH3, 64 bit, seed 0. */
export interface Xxh3Engine {
  hash(bytes: Uint8Array): bigint;

  /**
   * Hashes `count` ranges of `bytes`: range i is [bounds[i] + skip, bounds[i + 1]), bounds ascend and lie in `bytes`.
   * The hashes are written to `into` from `at` on, 8 little-endian bytes each.
   */
  hashRanges(bytes: Uint8Array, bounds: Uint32Array, count: number, skip: number, into: Uint8Array, at: number): void;

  /**
   * Walks the poll response `body`, which announces `total` messages, and compares all of it with its checksums, in one pass.
   * Undefined: the bytes are not those of a poll, or too many for one pass. Absent: it is done in several.
   */
  checkPoll?(body: Uint8Array, total: number): CheckedPoll | undefined;
}

/** A poll whose structure is sound. */
export interface CheckedPoll {
  /** Where each message starts in the body. */
  readonly starts: Uint32Array;
  /** Size of all payloads. */
  readonly payloadBytes: number;
  /** Lowest and highest producer time, where there are messages. Above the safe integers: one of them is. */
  readonly lowestTime: number;
  readonly highestTime: number;
  /** Sum of what the producer times are behind that of the first record's header. */
  readonly sumOfTimes: number;
  /** The first message, or the first message of the first batch, that does not fit its checksum. */
  readonly fault: { readonly kind: "message" | "batch"; readonly index: number } | undefined;
}
