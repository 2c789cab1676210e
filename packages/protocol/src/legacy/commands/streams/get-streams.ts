import type { CommandLayout } from "../../../command.ts";
import type { Stream } from "../../../values/resources.ts";
import { getStreams as vsr } from "../../../vsr/commands/streams/get-streams.ts";
import { EMPTY_REQUEST } from "../../../vsr/structures/fields/empty.ts";
import { readToEnd } from "../../../vsr/structures/fields/list.ts";
import { readStreamRecord, writeStreamRecord } from "../../structures/stream-record.ts";

/* request: empty · response: stream records to the end */

export const getStreams: CommandLayout<undefined, readonly Stream[]> = {
  name: vsr.name,
  code: vsr.code,
  ...EMPTY_REQUEST,
  encodeResponse(writer, streams) {
    for (const stream of streams) writeStreamRecord(writer, stream);
  },
  decodeResponse(reader) {
    return readToEnd(reader, readStreamRecord);
  },
};
