import type { Command } from "../../../command.ts";
import { OPERATION } from "../../../frames/operations.ts";
import type { Topic } from "../../../values/resources.ts";
import { readCounted } from "../../structures/fields/list.ts";
import { MIN_TOPIC_RECORD_SIZE, readTopicRecord, writeTopicRecord } from "../../structures/records/topic-record.ts";
import { readStreamTarget, type StreamTarget, writeStreamTarget } from "../../structures/requests/targets.ts";

/* request: stream identifier · response: count u32, topic records; count 0 also when the stream is missing */

export const getTopics: Command<StreamTarget, readonly Topic[]> = {
  name: "get_topics",
  operation: OPERATION.nonReplicated,
  code: 301,
  encodeRequest: writeStreamTarget,
  decodeRequest: readStreamTarget,
  encodeResponse(writer, topics) {
    writer.u32(topics.length);
    for (const topic of topics) writeTopicRecord(writer, topic);
  },
  decodeResponse(reader) {
    return readCounted(reader, reader.u32(), MIN_TOPIC_RECORD_SIZE, readTopicRecord);
  },
};
