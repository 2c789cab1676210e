import type { CommandLayout } from "../../command.ts";
import type { TopicDetails } from "../../values/resources.ts";
import { getTopic as stable } from "../../vsr/commands/get-topic.ts";
import { readTopicTarget, type TopicTarget, writeTopicTarget } from "../../vsr/structures/targets.ts";
import { readTopicDetails, writeTopicDetails } from "../structures/topic-record.ts";

/* request: stream, topic identifiers · response: topic details; empty when the stream or topic is missing */

export const getTopic: CommandLayout<TopicTarget, TopicDetails | undefined> = {
  name: stable.name,
  code: stable.code,
  encodeRequest: writeTopicTarget,
  decodeRequest: readTopicTarget,
  encodeResponse(writer, topic) {
    if (topic !== undefined) writeTopicDetails(writer, topic);
  },
  decodeResponse(reader) {
    return reader.remaining === 0 ? undefined : readTopicDetails(reader);
  },
};
