import type { Command } from "../../../command.ts";
import { OPERATION } from "../../../frames/operations.ts";
import { EMPTY_RESPONSE } from "../../structures/fields/empty.ts";
import { readStreamTarget, type StreamTarget, writeStreamTarget } from "../../structures/requests/targets.ts";

/* request: stream identifier · response: empty */

export const purgeStream: Command<StreamTarget, undefined> = {
  name: "purge_stream",
  operation: OPERATION.purgeStream,
  code: 205,
  encodeRequest: writeStreamTarget,
  decodeRequest: readStreamTarget,
  ...EMPTY_RESPONSE,
};
