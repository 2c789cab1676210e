import type { CommandLayout } from "../../../command.ts";
import type { Topic } from "../../../values/resources.ts";
import { getTopics as vsr } from "../../../vsr/commands/topics/get-topics.ts";
import { readToEnd } from "../../../vsr/structures/fields/list.ts";
import { readStreamTarget, type StreamTarget, writeStreamTarget } from "../../../vsr/structures/requests/targets.ts";
import { readTopicRecord, writeTopicRecord } from "../../structures/topic-record.ts";

/* request: stream identifier · response: topic records to the end, without a count; empty when the stream is missing */

export const getTopics: CommandLayout<StreamTarget, readonly Topic[]> = {
  name: vsr.name,
  code: vsr.code,
  encodeRequest: writeStreamTarget,
  decodeRequest: readStreamTarget,
  encodeResponse(writer, topics) {
    for (const topic of topics) writeTopicRecord(writer, topic);
  },
  decodeResponse(reader) {
    return readToEnd(reader, readTopicRecord);
  },
};
