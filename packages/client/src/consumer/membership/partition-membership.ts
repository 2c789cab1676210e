import type { MessageFrames } from "@iggy-connectors/protocol";
import type { PartitionSource } from "../reading/partition-poller.ts";

/** Which partitions of a topic are ours to read, and where their offsets are stored. A `GroupMember` is one. */
export interface PartitionMembership extends PartitionSource {
  /** Partitions owned as of the last sync. */
  readonly assignment: readonly number[];
  sync(): Promise<{ readonly assigned: readonly number[] }>;
  /** `lost`: the partition belongs to another member; its work must be dropped. */
  store(partition: number, offset: bigint): Promise<"stored" | "lost">;
  /** Offset of the last message that was stored as processed. */
  getOffset(partition: number): Promise<bigint | undefined>;
  /** The messages of a poll have ended: their memory may be used for another poll. */
  recycle(frames: MessageFrames): void;
  leave(): Promise<void>;
}
