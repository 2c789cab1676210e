import type { Command } from "../../../command.ts";
import { OPERATION } from "../../../frames/operations.ts";
import type { StreamDetails } from "../../../values/resources.ts";
import { readStreamDetails, writeStreamDetails } from "../../structures/records/stream-details.ts";
import { readStreamTarget, type StreamTarget, writeStreamTarget } from "../../structures/requests/targets.ts";

/* request: stream identifier · response: stream details; empty when the stream is missing */

export const getStream: Command<StreamTarget, StreamDetails | undefined> = {
  name: "get_stream",
  operation: OPERATION.nonReplicated,
  code: 200,
  encodeRequest: writeStreamTarget,
  decodeRequest: readStreamTarget,
  encodeResponse(writer, stream) {
    if (stream !== undefined) writeStreamDetails(writer, stream);
  },
  decodeResponse(reader) {
    return reader.remaining === 0 ? undefined : readStreamDetails(reader);
  },
};
