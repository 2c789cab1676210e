import type { PartitionRef } from "@iggy-connectors/sdk";

export type PartitionId = Pick<PartitionRef, "stream" | "topic" | "partition">;

/** Whether two places are of one partition, whatever its history. */
export function isSamePartition(one: PartitionId, other: PartitionId): boolean {
  return one.partition === other.partition && one.topic === other.topic && one.stream === other.stream;
}
