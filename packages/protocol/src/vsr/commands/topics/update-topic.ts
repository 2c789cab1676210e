import type { Command } from "../../../command.ts";
import { OPERATION } from "../../../frames/operations.ts";
import type { Options } from "../../../values/headers.ts";
import { EMPTY_RESPONSE } from "../../structures/fields/empty.ts";
import { readName, writeName } from "../../structures/fields/name.ts";
import { readRequestOptions, writeOptions } from "../../structures/fields/options.ts";
import { readTopicTarget, type TopicTarget, writeTopicTarget } from "../../structures/requests/targets.ts";

/* request: stream, topic identifiers, name (the new one), options (what is not named stays) · response: empty */

export interface UpdateTopicRequest extends TopicTarget {
  readonly name: string;
  readonly options?: Options;
}

export const updateTopic: Command<UpdateTopicRequest, undefined> = {
  name: "update_topic",
  operation: OPERATION.updateTopic,
  code: 304,
  encodeRequest(writer, request) {
    writeTopicTarget(writer, request);
    writeName(writer, request.name);
    writeOptions(writer, request.options);
  },
  decodeRequest(reader) {
    return { ...readTopicTarget(reader), name: readName(reader), options: readRequestOptions(reader) };
  },
  ...EMPTY_RESPONSE,
};
