import type { CommittedOffset, PartitionRef, Sink } from "@iggy-connectors/sdk";

/** What the target has recorded of a partition, in one form; undefined: it keeps no offsets, or knows nothing of the partition. */
export async function readCommitted(sink: Sink, ref: PartitionRef): Promise<CommittedOffset | undefined> {
  const committed = await sink.committed?.(ref);
  return typeof committed === "bigint" ? { offset: committed } : committed;
}
