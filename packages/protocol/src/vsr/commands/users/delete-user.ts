import type { Command } from "../../../command.ts";
import { OPERATION } from "../../../frames/operations.ts";
import { EMPTY_RESPONSE } from "../../structures/fields/empty.ts";
import { readUserTarget, type UserTarget, writeUserTarget } from "../../structures/requests/user-target.ts";

/* request: user identifier · response: empty */

export const deleteUser: Command<UserTarget, undefined> = {
  name: "delete_user",
  operation: OPERATION.deleteUser,
  code: 34,
  encodeRequest: writeUserTarget,
  decodeRequest: readUserTarget,
  ...EMPTY_RESPONSE,
};
