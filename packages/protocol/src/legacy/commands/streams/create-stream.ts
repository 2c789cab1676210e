import type { CommandLayout } from "../../../command.ts";
import type { StreamDetails } from "../../../values/resources.ts";
import { type CreateStreamRequest, createStream as vsr } from "../../../vsr/commands/streams/create-stream.ts";
import { readName, writeName } from "../../../vsr/structures/fields/name.ts";
import { expectNoOptions } from "../../structures/no-options.ts";
import { readStreamDetails, writeStreamDetails } from "../../structures/stream-record.ts";

/* request: name · response: stream details, without topics */

export const createStream: CommandLayout<CreateStreamRequest, StreamDetails> = {
  name: vsr.name,
  code: vsr.code,
  encodeRequest(writer, { name, options }) {
    expectNoOptions(options);
    writeName(writer, name);
  },
  decodeRequest(reader) {
    return { name: readName(reader) };
  },
  encodeResponse: writeStreamDetails,
  decodeResponse: readStreamDetails,
};
