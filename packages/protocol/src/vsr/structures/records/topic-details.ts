import type { Reader } from "../../../primitives/reader.ts";
import type { Writer } from "../../../primitives/writer.ts";
import type { TopicDetails } from "../../../values/resources.ts";
import { readPartitions, writePartitions } from "./partition-record.ts";
import { readTopicRecord, writeTopicRecord } from "./topic-record.ts";

/* topic details: topic record, then partitions_count × partition record */

export function writeTopicDetails(writer: Writer, topic: TopicDetails): void {
  writeTopicRecord(writer, { ...topic, partitionsCount: topic.partitions.length });
  writePartitions(writer, topic.partitions);
}

export function readTopicDetails(reader: Reader): TopicDetails {
  const topic = readTopicRecord(reader);
  return { ...topic, partitions: readPartitions(reader, topic.partitionsCount) };
}
