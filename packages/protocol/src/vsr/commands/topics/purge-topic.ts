import type { Command } from "../../../command.ts";
import { OPERATION } from "../../../frames/operations.ts";
import { EMPTY_RESPONSE } from "../../structures/fields/empty.ts";
import { readTopicTarget, type TopicTarget, writeTopicTarget } from "../../structures/requests/targets.ts";

/* request: stream, topic identifiers · response: empty */

export const purgeTopic: Command<TopicTarget, undefined> = {
  name: "purge_topic",
  operation: OPERATION.purgeTopic,
  code: 305,
  encodeRequest: writeTopicTarget,
  decodeRequest: readTopicTarget,
  ...EMPTY_RESPONSE,
};
