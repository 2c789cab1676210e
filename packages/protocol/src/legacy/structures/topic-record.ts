import type { Reader } from "../../primitives/reader.ts";
import type { Writer } from "../../primitives/writer.ts";
import type { Topic, TopicDetails } from "../../values/resources.ts";
import { readCompression, writeCompression } from "../../vsr/structures/fields/compression.ts";
import { readName, writeName } from "../../vsr/structures/fields/name.ts";
import { readPartitions, writePartitions } from "../../vsr/structures/records/partition-record.ts";
import { NO_OPTIONS } from "./no-options.ts";
import { REPLICATION_FACTOR, replicationFactor } from "./topic-settings.ts";

/*
 * topic record: id u32, created_at u64, partitions_count u32, message_expiry u64, compression u8, max_topic_size u64,
 *               replication_factor u8, size u64, messages u64, name
 * topic details: topic record, then partitions_count × partition record
 *
 * The replication factor, which `vsr` has as an option, is one of the derived options here.
 */

/** Bytes of the smallest topic record. */
export const MIN_TOPIC_RECORD_SIZE = 52;

/** A topic without a stated factor has one copy. */
const ONE_COPY = 1;

export function writeTopicRecord(writer: Writer, topic: Topic): void {
  writer.u32(topic.id).u64(topic.createdAt).u32(topic.partitionsCount).u64(topic.messageExpiry);
  writeCompression(writer, topic.compression);
  writer.u64(topic.maxTopicSize).u8(replicationFactor(topic.derivedOptions) ?? ONE_COPY);
  writer.u64(topic.size).u64(topic.messagesCount);
  writeName(writer, topic.name);
}

export function readTopicRecord(reader: Reader): Topic {
  const id = reader.u32();
  const createdAt = reader.u64();
  const partitionsCount = reader.u32();
  const messageExpiry = reader.u64();
  const compression = readCompression(reader);
  const maxTopicSize = reader.u64();
  const factor = reader.u8();
  return {
    id,
    createdAt,
    partitionsCount,
    messageExpiry,
    compression,
    maxTopicSize,
    size: reader.u64(),
    messagesCount: reader.u64(),
    name: readName(reader),
    options: NO_OPTIONS,
    derivedOptions: new Map([[REPLICATION_FACTOR, { kind: "uint8", value: factor }]]),
  };
}

export function writeTopicDetails(writer: Writer, topic: TopicDetails): void {
  writeTopicRecord(writer, { ...topic, partitionsCount: topic.partitions.length });
  writePartitions(writer, topic.partitions);
}

export function readTopicDetails(reader: Reader): TopicDetails {
  const topic = readTopicRecord(reader);
  return { ...topic, partitions: readPartitions(reader, topic.partitionsCount) };
}
