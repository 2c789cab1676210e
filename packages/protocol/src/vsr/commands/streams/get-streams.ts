import type { Command } from "../../../command.ts";
import { OPERATION } from "../../../frames/operations.ts";
import type { Stream } from "../../../values/resources.ts";
import { EMPTY_REQUEST } from "../../structures/fields/empty.ts";
import { readToEnd } from "../../structures/fields/list.ts";
import { readStreamRecord, writeStreamRecord } from "../../structures/records/stream-record.ts";

/* request: empty · response: stream records to the end */

export const getStreams: Command<undefined, readonly Stream[]> = {
  name: "get_streams",
  operation: OPERATION.nonReplicated,
  code: 201,
  ...EMPTY_REQUEST,
  encodeResponse(writer, streams) {
    for (const stream of streams) writeStreamRecord(writer, stream);
  },
  decodeResponse(reader) {
    return readToEnd(reader, readStreamRecord);
  },
};
