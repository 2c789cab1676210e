import type { ReceivedFrames } from "../../../batch/reading/received-frames.ts";
import type { CommandLayout } from "../../../command.ts";
import { asBuffer } from "../../../primitives/reader.ts";
import { type PollMessagesRequest, pollMessages as vsr } from "../../../vsr/commands/messages/poll-messages.ts";
import { indexMessages } from "../../batch/index-messages.ts";

/*
 * request: as in the dialect `vsr`
 * response: partition u32, current_offset u64, message count u32, then messages to the end
 *
 * A member of a group names no partition: the server goes round its partitions, and answers which one it was.
 */
export const pollMessages: CommandLayout<PollMessagesRequest, ReceivedFrames> = {
  name: vsr.name,
  code: vsr.code,
  encodeRequest: vsr.encodeRequest,
  decodeRequest: vsr.decodeRequest,
  encodeResponse(writer, frames) {
    writer.bytes(frames.buffer);
  },
  /** The frames are views of the response: nothing is copied. */
  decodeResponse(reader) {
    return indexMessages(asBuffer(reader.rest()));
  },
};
