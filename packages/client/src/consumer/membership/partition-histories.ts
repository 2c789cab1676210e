import type { TopicDetails } from "@iggy-connectors/protocol";

/** Which log each partition of a topic has, by partition: see {@link partitionHistories}. */
export type PartitionHistories = ReadonlyMap<number, string>;

export const NO_HISTORIES: PartitionHistories = new Map();

/**
 * Names the log of each partition of a topic: the topic's id and creation time, and the partition's creation time, which differ as soon
 * as the topic, its stream or the partition is deleted and created again under the same name. At most 42 characters. Empty where the
 * server does not tell when the topic was created.
 */
export function partitionHistories({ id, createdAt, partitions }: TopicDetails): PartitionHistories {
  if (createdAt === 0n) return NO_HISTORIES;
  const topic = `${id.toString(36)}.${createdAt.toString(36)}`;
  return new Map(partitions.map((partition) => [partition.id, `${topic}.${partition.createdAt.toString(36)}`]));
}
