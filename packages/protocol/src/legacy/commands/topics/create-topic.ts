import type { CommandLayout } from "../../../command.ts";
import type { TopicDetails } from "../../../values/resources.ts";
import { type CreateTopicRequest, createTopic as vsr } from "../../../vsr/commands/topics/create-topic.ts";
import { readName, writeName } from "../../../vsr/structures/fields/name.ts";
import { readStreamTarget, writeStreamTarget } from "../../../vsr/structures/requests/targets.ts";
import { readTopicDetails, writeTopicDetails } from "../../structures/topic-record.ts";
import { readTopicSettings, writeTopicSettings } from "../../structures/topic-settings.ts";

/* request: stream identifier, partitions_count u32, settings, name · response: topic details */

export const createTopic: CommandLayout<CreateTopicRequest, TopicDetails> = {
  name: vsr.name,
  code: vsr.code,
  encodeRequest(writer, request) {
    writeStreamTarget(writer, request);
    writer.u32(request.partitionsCount);
    writeTopicSettings(writer, request.options);
    writeName(writer, request.name);
  },
  decodeRequest(reader) {
    return {
      ...readStreamTarget(reader),
      partitionsCount: reader.u32(),
      options: readTopicSettings(reader),
      name: readName(reader),
    };
  },
  encodeResponse: writeTopicDetails,
  decodeResponse: readTopicDetails,
};
