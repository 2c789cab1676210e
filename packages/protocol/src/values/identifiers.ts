/**
 * A stream, topic, partition-less consumer or group, by its numeric id (0 … 2³²−1) or by its name (1 … 255 UTF-8
 * bytes).
 */
export type Identifier = number | string;

/** Who reads: a plain consumer or a consumer group. Offsets are stored per consumer and partition. */
export interface ConsumerRef {
  readonly kind: "consumer" | "group";
  readonly id: Identifier;
}

/** Where messages go: the server or client picks, an explicit partition, or the partition a key hashes to. */
export type Partitioning =
  | { readonly kind: "balanced" }
  | { readonly kind: "partition"; readonly partition: number }
  | { readonly kind: "key"; readonly key: Uint8Array };

/** Where a poll starts. `timestamp` is in microseconds since the Unix epoch. */
export type PollingStrategy =
  | { readonly kind: "offset"; readonly offset: bigint }
  | { readonly kind: "timestamp"; readonly timestamp: bigint }
  | { readonly kind: "first" }
  | { readonly kind: "last" }
  | { readonly kind: "next" };

/** Partition id in an empty group poll that means: your assignment is stale, sync again. */
export const FENCED_PARTITION = 4294967295;
