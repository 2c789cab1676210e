import type { CommandLayout } from "../../command.ts";
import type { StreamDetails } from "../../values/resources.ts";
import { getStream as stable } from "../../vsr/commands/get-stream.ts";
import { readStreamTarget, type StreamTarget, writeStreamTarget } from "../../vsr/structures/targets.ts";
import { readStreamDetails, writeStreamDetails } from "../structures/stream-record.ts";

/* request: stream identifier · response: stream details; empty when the stream is missing */

export const getStream: CommandLayout<StreamTarget, StreamDetails | undefined> = {
  name: stable.name,
  code: stable.code,
  encodeRequest: writeStreamTarget,
  decodeRequest: readStreamTarget,
  encodeResponse(writer, stream) {
    if (stream !== undefined) writeStreamDetails(writer, stream);
  },
  decodeResponse(reader) {
    return reader.remaining === 0 ? undefined : readStreamDetails(reader);
  },
};
