import type { Command } from "../../../command.ts";
import { OPERATION } from "../../../frames/operations.ts";
import { EMPTY_RESPONSE } from "../../structures/fields/empty.ts";
import { readTopicTarget, type TopicTarget, writeTopicTarget } from "../../structures/requests/targets.ts";

/* request: stream, topic identifiers, partition u32, fsync u8 · response: empty. Real servers answer status 5. */

export interface FlushUnsavedBufferRequest extends TopicTarget {
  readonly partition: number;
  readonly fsync: boolean;
}

export const flushUnsavedBuffer: Command<FlushUnsavedBufferRequest, undefined> = {
  name: "flush_unsaved_buffer",
  operation: OPERATION.nonReplicated,
  code: 102,
  encodeRequest(writer, request) {
    writeTopicTarget(writer, request);
    writer.u32(request.partition).bool(request.fsync);
  },
  decodeRequest(reader) {
    return { ...readTopicTarget(reader), partition: reader.u32(), fsync: reader.bool() };
  },
  ...EMPTY_RESPONSE,
};
