import { indexFrames } from "../../../batch/reading/index-frames.ts";
import type { ReceivedFrames } from "../../../batch/reading/received-frames.ts";
import type { Command } from "../../../command.ts";
import { OPERATION } from "../../../frames/operations.ts";
import { asBuffer } from "../../../primitives/reader.ts";
import type { PollingStrategy } from "../../../values/identifiers.ts";
import { readPollingStrategy, writePollingStrategy } from "../../structures/fields/polling-strategy.ts";
import { type OffsetTarget, readOffsetTarget, writeOffsetTarget } from "../../structures/requests/offset-target.ts";

/*
 * request: consumer, stream, topic identifiers, optional partition, strategy (kind u8, value u64), count u32,
 *          auto_commit u8
 * response: partition u32, current_offset u64, message count u32, then batch records to the end
 */

export interface PollMessagesRequest extends OffsetTarget {
  readonly strategy: PollingStrategy;
  readonly count: number;
  /** The server stores the offset of the last message it returns: at most once. */
  readonly autoCommit: boolean;
}

export const pollMessages: Command<PollMessagesRequest, ReceivedFrames> = {
  name: "poll_messages",
  operation: OPERATION.nonReplicated,
  code: 100,
  encodeRequest(writer, request) {
    writeOffsetTarget(writer, request);
    writePollingStrategy(writer, request.strategy);
    writer.u32(request.count).bool(request.autoCommit);
  },
  decodeRequest(reader) {
    return {
      ...readOffsetTarget(reader),
      strategy: readPollingStrategy(reader),
      count: reader.u32(),
      autoCommit: reader.bool(),
    };
  },
  encodeResponse(writer, frames) {
    writer.bytes(frames.buffer);
  },
  /** The frames are views of the reply: nothing is copied. */
  decodeResponse(reader) {
    return indexFrames(asBuffer(reader.rest()));
  },
};
