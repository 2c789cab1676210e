import type { Command } from "../../../command.ts";
import { OPERATION } from "../../../frames/operations.ts";
import { EMPTY_RESPONSE } from "../../structures/fields/empty.ts";
import { type GroupTarget, readGroupTarget, writeGroupTarget } from "../../structures/requests/targets.ts";

/* request: stream, topic, group identifiers · response: empty */

export const joinConsumerGroup: Command<GroupTarget, undefined> = {
  name: "join_consumer_group",
  operation: OPERATION.joinConsumerGroup,
  code: 604,
  encodeRequest: writeGroupTarget,
  decodeRequest: readGroupTarget,
  ...EMPTY_RESPONSE,
};
