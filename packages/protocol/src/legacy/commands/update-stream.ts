import type { CommandLayout } from "../../command.ts";
import { updateStream as stable, type UpdateStreamRequest } from "../../vsr/commands/update-stream.ts";
import { EMPTY_RESPONSE } from "../../vsr/structures/empty.ts";
import { readName, writeName } from "../../vsr/structures/name.ts";
import { readStreamTarget, writeStreamTarget } from "../../vsr/structures/targets.ts";
import { expectNoOptions } from "../structures/no-options.ts";

/* request: stream identifier, name (the new one) · response: empty */

export const updateStream: CommandLayout<UpdateStreamRequest, undefined> = {
  name: stable.name,
  code: stable.code,
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
