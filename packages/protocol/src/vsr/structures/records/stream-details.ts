import type { Reader } from "../../../primitives/reader.ts";
import type { Writer } from "../../../primitives/writer.ts";
import type { StreamDetails } from "../../../values/resources.ts";
import { readCounted } from "../fields/list.ts";
import { readStreamRecord, writeStreamRecord } from "./stream-record.ts";
import { MIN_TOPIC_RECORD_SIZE, readTopicRecord, writeTopicRecord } from "./topic-record.ts";

/* stream details: stream record, then topics_count × topic record */

export function writeStreamDetails(writer: Writer, stream: StreamDetails): void {
  writeStreamRecord(writer, { ...stream, topicsCount: stream.topics.length });
  for (const topic of stream.topics) writeTopicRecord(writer, topic);
}

export function readStreamDetails(reader: Reader): StreamDetails {
  const stream = readStreamRecord(reader);
  return { ...stream, topics: readCounted(reader, stream.topicsCount, MIN_TOPIC_RECORD_SIZE, readTopicRecord) };
}
