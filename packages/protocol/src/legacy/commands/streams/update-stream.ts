import type { CommandLayout } from "../../../command.ts";
import { type UpdateStreamRequest, updateStream as vsr } from "../../../vsr/commands/streams/update-stream.ts";
import { EMPTY_RESPONSE } from "../../../vsr/structures/fields/empty.ts";
import { readName, writeName } from "../../../vsr/structures/fields/name.ts";
import { readStreamTarget, writeStreamTarget } from "../../../vsr/structures/requests/targets.ts";
import { expectNoOptions } from "../../structures/no-options.ts";

/* request: stream identifier, name (the new one) · response: empty */

export const updateStream: CommandLayout<UpdateStreamRequest, undefined> = {
  name: vsr.name,
  code: vsr.code,
  encodeRequest(writer, request) {
    expectNoOptions(request.options);
    writeStreamTarget(writer, request);
    writeName(writer, request.name);
  },
  decodeRequest(reader) {
    return { ...readStreamTarget(reader), name: readName(reader) };
  },
  ...EMPTY_RESPONSE,
};
