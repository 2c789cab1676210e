import type { CommandLayout } from "../../../command.ts";
import type { TopicDetails } from "../../../values/resources.ts";
import { getTopic as vsr } from "../../../vsr/commands/topics/get-topic.ts";
import { readTopicTarget, type TopicTarget, writeTopicTarget } from "../../../vsr/structures/requests/targets.ts";
import { readTopicDetails, writeTopicDetails } from "../../structures/topic-record.ts";

/* request: stream, topic identifiers · response: topic details; empty when the stream or topic is missing */

export const getTopic: CommandLayout<TopicTarget, TopicDetails | undefined> = {
  name: vsr.name,
  code: vsr.code,
  encodeRequest: writeTopicTarget,
  decodeRequest: readTopicTarget,
  encodeResponse(writer, topic) {
    if (topic !== undefined) writeTopicDetails(writer, topic);
  },
  decodeResponse(reader) {
    return reader.remaining === 0 ? undefined : readTopicDetails(reader);
  },
};
