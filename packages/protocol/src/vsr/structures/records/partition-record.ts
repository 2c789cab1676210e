import type { Reader } from "../../../primitives/reader.ts";
import type { Writer } from "../../../primitives/writer.ts";
import type { Partition } from "../../../values/resources.ts";
import { readCounted } from "../fields/list.ts";

/* partition record: id u32, created_at u64, segments u32, current_offset u64, size u64, messages u64 */
const PARTITION_RECORD_SIZE = 40;

export function writePartitions(writer: Writer, partitions: readonly Partition[]): void {
  for (const partition of partitions) {
    writer
      .u32(partition.id)
      .u64(partition.createdAt)
      .u32(partition.segmentsCount)
      .u64(partition.currentOffset)
      .u64(partition.size)
      .u64(partition.messagesCount);
  }
}

export function readPartitions(reader: Reader, count: number): Partition[] {
  return readCounted(reader, count, PARTITION_RECORD_SIZE, readPartition);
}

function readPartition(reader: Reader): Partition {
  return {
    id: reader.u32(),
    createdAt: reader.u64(),
    segmentsCount: reader.u32(),
    currentOffset: reader.u64(),
    size: reader.u64(),
    messagesCount: reader.u64(),
  };
}
