import type { Command } from "../../../command.ts";
import { OPERATION } from "../../../frames/operations.ts";
import { EMPTY_RESPONSE } from "../../structures/fields/empty.ts";
import { readStreamTarget, type StreamTarget, writeStreamTarget } from "../../structures/requests/targets.ts";

/* request: stream identifier · response: empty */

export const deleteStream: Command<StreamTarget, undefined> = {
  name: "delete_stream",
  operation: OPERATION.deleteStream,
  code: 203,
  encodeRequest: writeStreamTarget,
  decodeRequest: readStreamTarget,
  ...EMPTY_RESPONSE,
};
