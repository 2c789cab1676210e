import type { CommandLayout } from "../../command.ts";
import type { Stream } from "../../values/resources.ts";
import { getStreams as stable } from "../../vsr/commands/get-streams.ts";
import { EMPTY_REQUEST } from "../../vsr/structures/empty.ts";
import { readToEnd } from "../../vsr/structures/list.ts";
import { readStreamRecord, writeStreamRecord } from "../structures/stream-record.ts";

/* request: empty · response: stream records to the end */

export const getStreams: CommandLayout<undefined, readonly Stream[]> = {
  name: stable.name,
  code: stable.code,
  ...EMPTY_REQUEST,
  encodeResponse(writer, streams) {
    for (const stream of streams) writeStreamRecord(writer, stream);
  },
  decodeResponse(reader) {
    return readToEnd(reader, readStreamRecord);
  },
};
