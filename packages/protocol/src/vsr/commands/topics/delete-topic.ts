import type { Command } from "../../../command.ts";
import { OPERATION } from "../../../frames/operations.ts";
import { EMPTY_RESPONSE } from "../../structures/fields/empty.ts";
import { readTopicTarget, type TopicTarget, writeTopicTarget } from "../../structures/requests/targets.ts";

/* request: stream, topic identifiers · response: empty */

export const deleteTopic: Command<TopicTarget, undefined> = {
  name: "delete_topic",
  operation: OPERATION.deleteTopic,
  code: 303,
  encodeRequest: writeTopicTarget,
  decodeRequest: readTopicTarget,
  ...EMPTY_RESPONSE,
};
