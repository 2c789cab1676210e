import type { Command } from "../../../command.ts";
import { OPERATION } from "../../../frames/operations.ts";
import { EMPTY_REQUEST, EMPTY_RESPONSE } from "../../structures/fields/empty.ts";

/* request: empty · response: empty, without a result section */

export const logout: Command<undefined, undefined> = {
  name: "logout",
  operation: OPERATION.logout,
  code: 39,
  ...EMPTY_REQUEST,
  ...EMPTY_RESPONSE,
};
