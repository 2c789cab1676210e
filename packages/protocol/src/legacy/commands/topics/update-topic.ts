import type { CommandLayout } from "../../../command.ts";
import { type UpdateTopicRequest, updateTopic as vsr } from "../../../vsr/commands/topics/update-topic.ts";
import { EMPTY_RESPONSE } from "../../../vsr/structures/fields/empty.ts";
import { readName, writeName } from "../../../vsr/structures/fields/name.ts";
import { readTopicTarget, writeTopicTarget } from "../../../vsr/structures/requests/targets.ts";
import { readAllTopicSettings, writeAllTopicSettings } from "../../structures/topic-settings.ts";

/* request: stream, topic identifiers, settings (all are replaced), name (the new one) · response: empty */

export const updateTopic: CommandLayout<UpdateTopicRequest, undefined> = {
  name: vsr.name,
  code: vsr.code,
  encodeRequest(writer, request) {
    writeTopicTarget(writer, request);
    writeAllTopicSettings(writer, request.options);
    writeName(writer, request.name);
  },
  decodeRequest(reader) {
    return { ...readTopicTarget(reader), options: readAllTopicSettings(reader), name: readName(reader) };
  },
  ...EMPTY_RESPONSE,
};
