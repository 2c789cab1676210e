import type { MessageFrames } from "@iggy-connectors/protocol";
import type { PartitionSource } from "../reading/partition-poller.ts";

/** Which partitions of a topic are ours to read, and where their offsets are stored. A `GroupMember` is one. */
export interface PartitionMembership extends PartitionSource {
  /** Partitions owned as of the last sync. */
  readonly assignment: readonly number[];
  sync(): Promise<{ readonly assigned: readonly number[] }>;
  /**
   * Names the log of a partition as of the last sync: another one once the topic or the partition was deleted and created again.
   * Undefined: the server does not tell.
   */
  history(partition: number): string | undefined;
  /**
   * `history`: of the log in which the offset counts. `lost`: the partition belongs to another member, or has another log; its work must
   * be dropped.
   */
  store(partition: number, offset: bigint, history?: string): Promise<"stored" | "lost">;
  /** Offset of the last message that was stored as processed. */
  getOffset(partition: number): Promise<bigint | undefined>;
  /** The messages of a poll have ended: their memory may be used for another poll. */
  recycle(frames: MessageFrames): void;
  leave(): Promise<void>;
}
