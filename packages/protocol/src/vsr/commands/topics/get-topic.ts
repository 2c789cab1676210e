import type { Command } from "../../../command.ts";
import { OPERATION } from "../../../frames/operations.ts";
import type { TopicDetails } from "../../../values/resources.ts";
import { readTopicDetails, writeTopicDetails } from "../../structures/records/topic-details.ts";
import { readTopicTarget, type TopicTarget, writeTopicTarget } from "../../structures/requests/targets.ts";

/* request: stream, topic identifiers · response: topic details; empty when the stream or topic is missing */

export const getTopic: Command<TopicTarget, TopicDetails | undefined> = {
  name: "get_topic",
  operation: OPERATION.nonReplicated,
  code: 300,
  encodeRequest: writeTopicTarget,
  decodeRequest: readTopicTarget,
  encodeResponse(writer, topic) {
    if (topic !== undefined) writeTopicDetails(writer, topic);
  },
  decodeResponse(reader) {
    return reader.remaining === 0 ? undefined : readTopicDetails(reader);
  },
};
