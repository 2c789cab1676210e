import type { Command } from "../../../command.ts";
import { OPERATION } from "../../../frames/operations.ts";
import type { ConsumerGroupDetails } from "../../../values/resources.ts";
import { readConsumerGroupDetails, writeConsumerGroupDetails } from "../../structures/records/consumer-group-record.ts";
import { type GroupTarget, readGroupTarget, writeGroupTarget } from "../../structures/requests/targets.ts";

/* request: stream, topic, group identifiers · response: group details; empty when the group is missing */

export const getConsumerGroup: Command<GroupTarget, ConsumerGroupDetails | undefined> = {
  name: "get_consumer_group",
  operation: OPERATION.nonReplicated,
  code: 600,
  encodeRequest: writeGroupTarget,
  decodeRequest: readGroupTarget,
  encodeResponse(writer, group) {
    if (group !== undefined) writeConsumerGroupDetails(writer, group);
  },
  decodeResponse(reader) {
    return reader.remaining === 0 ? undefined : readConsumerGroupDetails(reader);
  },
};
