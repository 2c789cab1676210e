import type { Reader } from "../../../primitives/reader.ts";
import type { Writer } from "../../../primitives/writer.ts";
import type { Topic } from "../../../values/resources.ts";
import { readCompression, writeCompression } from "../fields/compression.ts";
import { readName, writeName } from "../fields/name.ts";
import { readSizedOptions, writeSizedOptions } from "../fields/options.ts";

/*
 * topic record: id u32, created_at u64, partitions_count u32, message_expiry u64, compression u8 (1 none, 2 gzip),
 *               max_topic_size u64, size u64, messages u64, name,
 *               explicit options length u32, options, derived options length u32, options
 */

/** Bytes of the smallest topic record. */
export const MIN_TOPIC_RECORD_SIZE = 59;

export function writeTopicRecord(writer: Writer, topic: Topic): void {
  writer.u32(topic.id).u64(topic.createdAt).u32(topic.partitionsCount).u64(topic.messageExpiry);
  writeCompression(writer, topic.compression);
  writer.u64(topic.maxTopicSize).u64(topic.size).u64(topic.messagesCount);
  writeName(writer, topic.name);
  writeSizedOptions(writer, topic.options);
  writeSizedOptions(writer, topic.derivedOptions);
}

export function readTopicRecord(reader: Reader): Topic {
  return {
    id: reader.u32(),
    createdAt: reader.u64(),
    partitionsCount: reader.u32(),
    messageExpiry: reader.u64(),
    compression: readCompression(reader),
    maxTopicSize: reader.u64(),
    size: reader.u64(),
    messagesCount: reader.u64(),
    name: readName(reader),
    options: readSizedOptions(reader),
    derivedOptions: readSizedOptions(reader),
  };
}
