import type { Reader } from "../../primitives/reader.ts";
import type { Writer } from "../../primitives/writer.ts";
import type { Partition, TopicDetails } from "../../values/resources.ts";
import { readCounted } from "./list.ts";
import { readTopicRecord, writeTopicRecord } from "./topic-record.ts";

/*
 * topic details: topic record, then partitions_count × partition record
 * partition record: id u32, created_at u64, segments u32, current_offset u64, size u64, messages u64
 */
const PARTITION_RECORD_SIZE = 40;

export function writeTopicDetails(writer: Writer, topic: TopicDetails): void {
  writeTopicRecord(writer, { ...topic, partitionsCount: topic.partitions.length });
  for (const partition of topic.partitions) {
    writer
      .u32(partition.id)
      .u64(partition.createdAt)
      .u32(partition.segmentsCount)
      .u64(partition.currentOffset)
      .u64(partition.size)
      .u64(partition.messagesCount);
  }
}

export function readTopicDetails(reader: Reader): TopicDetails {
  const topic = readTopicRecord(reader);
  return { ...topic, partitions: readCounted(reader, topic.partitionsCount, PARTITION_RECORD_SIZE, readPartition) };
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
