import type { Reader } from "../../primitives/reader.ts";
import type { Writer } from "../../primitives/writer.ts";
import type { Stream, StreamDetails } from "../../values/resources.ts";
import { readCounted } from "../../vsr/structures/fields/list.ts";
import { readName, writeName } from "../../vsr/structures/fields/name.ts";
import { NO_OPTIONS } from "./no-options.ts";
import { MIN_TOPIC_RECORD_SIZE, readTopicRecord, writeTopicRecord } from "./topic-record.ts";

/*
 * stream record: id u32, created_at u64, topics_count u32, size u64, messages u64, name
 * stream details: stream record, then topics_count × topic record
 */

export function writeStreamRecord(writer: Writer, stream: Stream): void {
  writer.u32(stream.id).u64(stream.createdAt).u32(stream.topicsCount).u64(stream.size).u64(stream.messagesCount);
  writeName(writer, stream.name);
}

export function readStreamRecord(reader: Reader): Stream {
  return {
    id: reader.u32(),
    createdAt: reader.u64(),
    topicsCount: reader.u32(),
    size: reader.u64(),
    messagesCount: reader.u64(),
    name: readName(reader),
    options: NO_OPTIONS,
  };
}

export function writeStreamDetails(writer: Writer, stream: StreamDetails): void {
  writeStreamRecord(writer, { ...stream, topicsCount: stream.topics.length });
  for (const topic of stream.topics) writeTopicRecord(writer, topic);
}

export function readStreamDetails(reader: Reader): StreamDetails {
  const stream = readStreamRecord(reader);
  return { ...stream, topics: readCounted(reader, stream.topicsCount, MIN_TOPIC_RECORD_SIZE, readTopicRecord) };
}
