import type { Command } from "../../../command.ts";
import { OPERATION } from "../../../frames/operations.ts";
import type { ConsumerGroup } from "../../../values/resources.ts";
import { readToEnd } from "../../structures/fields/list.ts";
import { readConsumerGroupRecord, writeConsumerGroupRecord } from "../../structures/records/consumer-group-record.ts";
import { readTopicTarget, type TopicTarget, writeTopicTarget } from "../../structures/requests/targets.ts";

/* request: stream, topic identifiers · response: group records to the end */

export const getConsumerGroups: Command<TopicTarget, readonly ConsumerGroup[]> = {
  name: "get_consumer_groups",
  operation: OPERATION.nonReplicated,
  code: 601,
  encodeRequest: writeTopicTarget,
  decodeRequest: readTopicTarget,
  encodeResponse(writer, groups) {
    for (const group of groups) writeConsumerGroupRecord(writer, group);
  },
  decodeResponse(reader) {
    return readToEnd(reader, readConsumerGroupRecord);
  },
};
