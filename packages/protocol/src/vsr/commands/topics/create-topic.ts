import type { Command } from "../../../command.ts";
import { OPERATION } from "../../../frames/operations.ts";
import type { Options } from "../../../values/headers.ts";
import type { TopicDetails } from "../../../values/resources.ts";
import { readName, writeName } from "../../structures/fields/name.ts";
import { readRequestOptions, writeOptions } from "../../structures/fields/options.ts";
import { readTopicDetails, writeTopicDetails } from "../../structures/records/topic-details.ts";
import { readStreamTarget, type StreamTarget, writeStreamTarget } from "../../structures/requests/targets.ts";

/* request: stream identifier, partitions_count u32, name, options · response: topic details (reply operation 64) */

export interface CreateTopicRequest extends StreamTarget {
  readonly partitionsCount: number;
  readonly name: string;
  readonly options?: Options;
}

export const createTopic: Command<CreateTopicRequest, TopicDetails> = {
  name: "create_topic",
  operation: OPERATION.createTopic,
  code: 302,
  encodeRequest(writer, request) {
    writeStreamTarget(writer, request);
    writer.u32(request.partitionsCount);
    writeName(writer, request.name);
    writeOptions(writer, request.options);
  },
  decodeRequest(reader) {
    return {
      ...readStreamTarget(reader),
      partitionsCount: reader.u32(),
      name: readName(reader),
      options: readRequestOptions(reader),
    };
  },
  encodeResponse: writeTopicDetails,
  decodeResponse: readTopicDetails,
};
