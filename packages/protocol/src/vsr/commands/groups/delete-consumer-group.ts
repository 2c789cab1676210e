import type { Command } from "../../../command.ts";
import { OPERATION } from "../../../frames/operations.ts";
import { EMPTY_RESPONSE } from "../../structures/fields/empty.ts";
import { type GroupTarget, readGroupTarget, writeGroupTarget } from "../../structures/requests/targets.ts";

/* request: stream, topic, group identifiers · response: empty */

export const deleteConsumerGroup: Command<GroupTarget, undefined> = {
  name: "delete_consumer_group",
  operation: OPERATION.deleteConsumerGroup,
  code: 603,
  encodeRequest: writeGroupTarget,
  decodeRequest: readGroupTarget,
  ...EMPTY_RESPONSE,
};
