import type { Command } from "../../../command.ts";
import { OPERATION } from "../../../frames/operations.ts";
import { EMPTY_RESPONSE } from "../../structures/fields/empty.ts";
import { readTopicTarget, type TopicTarget, writeTopicTarget } from "../../structures/requests/targets.ts";

/* request: stream, topic identifiers, partition u32, count u32 · response: empty (reply operation 68) */

export interface DeleteSegmentsRequest extends TopicTarget {
  readonly partition: number;
  readonly segmentsCount: number;
}

export const deleteSegments: Command<DeleteSegmentsRequest, undefined> = {
  name: "delete_segments",
  operation: OPERATION.deleteSegments,
  code: 503,
  encodeRequest(writer, request) {
    writeTopicTarget(writer, request);
    writer.u32(request.partition).u32(request.segmentsCount);
  },
  decodeRequest(reader) {
    return { ...readTopicTarget(reader), partition: reader.u32(), segmentsCount: reader.u32() };
  },
  ...EMPTY_RESPONSE,
};
