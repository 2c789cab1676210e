import type { ClusterNode } from "./resources.ts";

/**
 * The session that joined the consumer groups, for another connection that acts with its identity. The watermark is
 * the position of the metadata log that the other node must have applied.
 */
export interface ConsumerSession {
  readonly client: bigint;
  readonly session: bigint;
  readonly metadataWatermark: bigint;
}

/** Where a partition's polls or offset writes go. The primary is a hint: the node checks its role itself. */
export interface PartitionRouting extends ConsumerSession {
  readonly primary: ClusterNode;
}
