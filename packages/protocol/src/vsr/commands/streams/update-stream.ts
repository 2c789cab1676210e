import type { Command } from "../../../command.ts";
import { OPERATION } from "../../../frames/operations.ts";
import type { Options } from "../../../values/headers.ts";
import { EMPTY_RESPONSE } from "../../structures/fields/empty.ts";
import { readName, writeName } from "../../structures/fields/name.ts";
import { readRequestOptions, writeOptions } from "../../structures/fields/options.ts";
import { readStreamTarget, type StreamTarget, writeStreamTarget } from "../../structures/requests/targets.ts";

/* request: stream identifier, name (the new one), options · response: empty */

export interface UpdateStreamRequest extends StreamTarget {
  readonly name: string;
  readonly options?: Options;
}

export const updateStream: Command<UpdateStreamRequest, undefined> = {
  name: "update_stream",
  operation: OPERATION.updateStream,
  code: 204,
  encodeRequest(writer, request) {
    writeStreamTarget(writer, request);
    writeName(writer, request.name);
    writeOptions(writer, request.options);
  },
  decodeRequest(reader) {
    return { ...readStreamTarget(reader), name: readName(reader), options: readRequestOptions(reader) };
  },
  ...EMPTY_RESPONSE,
};
