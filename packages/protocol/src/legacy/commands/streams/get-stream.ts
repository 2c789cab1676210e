import type { CommandLayout } from "../../../command.ts";
import type { StreamDetails } from "../../../values/resources.ts";
import { getStream as vsr } from "../../../vsr/commands/streams/get-stream.ts";
import { readStreamTarget, type StreamTarget, writeStreamTarget } from "../../../vsr/structures/requests/targets.ts";
import { readStreamDetails, writeStreamDetails } from "../../structures/stream-record.ts";

/* request: stream identifier · response: stream details; empty when the stream is missing */

export const getStream: CommandLayout<StreamTarget, StreamDetails | undefined> = {
  name: vsr.name,
  code: vsr.code,
  encodeRequest: writeStreamTarget,
  decodeRequest: readStreamTarget,
  encodeResponse(writer, stream) {
    if (stream !== undefined) writeStreamDetails(writer, stream);
  },
  decodeResponse(reader) {
    return reader.remaining === 0 ? undefined : readStreamDetails(reader);
  },
};
