import type { Command } from "../../../command.ts";
import { OPERATION } from "../../../frames/operations.ts";
import type { ConsumerGroupDetails } from "../../../values/resources.ts";
import { readName, writeName } from "../../structures/fields/name.ts";
import { readConsumerGroupDetails, writeConsumerGroupDetails } from "../../structures/records/consumer-group-record.ts";
import { readTopicTarget, type TopicTarget, writeTopicTarget } from "../../structures/requests/targets.ts";

/* request: stream, topic identifiers, name · response: group details, never empty */

export interface CreateConsumerGroupRequest extends TopicTarget {
  readonly name: string;
}

export const createConsumerGroup: Command<CreateConsumerGroupRequest, ConsumerGroupDetails> = {
  name: "create_consumer_group",
  operation: OPERATION.createConsumerGroup,
  code: 602,
  encodeRequest(writer, request) {
    writeTopicTarget(writer, request);
    writeName(writer, request.name);
  },
  decodeRequest(reader) {
    return { ...readTopicTarget(reader), name: readName(reader) };
  },
  encodeResponse: writeConsumerGroupDetails,
  decodeResponse: readConsumerGroupDetails,
};
