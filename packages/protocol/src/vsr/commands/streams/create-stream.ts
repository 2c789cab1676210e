import type { Command } from "../../../command.ts";
import { OPERATION } from "../../../frames/operations.ts";
import type { Options } from "../../../values/headers.ts";
import type { StreamDetails } from "../../../values/resources.ts";
import { readName, writeName } from "../../structures/fields/name.ts";
import { readRequestOptions, writeOptions } from "../../structures/fields/options.ts";
import { readStreamDetails, writeStreamDetails } from "../../structures/records/stream-details.ts";

/* request: name, options · response: stream details, without topics */

export interface CreateStreamRequest {
  readonly name: string;
  readonly options?: Options;
}

export const createStream: Command<CreateStreamRequest, StreamDetails> = {
  name: "create_stream",
  operation: OPERATION.createStream,
  code: 202,
  encodeRequest(writer, { name, options }) {
    writeName(writer, name);
    writeOptions(writer, options);
  },
  decodeRequest(reader) {
    return { name: readName(reader), options: readRequestOptions(reader) };
  },
  encodeResponse: writeStreamDetails,
  decodeResponse: readStreamDetails,
};
