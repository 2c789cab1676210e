import type { Command } from "../../../command.ts";
import { OPERATION } from "../../../frames/operations.ts";
import { EMPTY_REQUEST, EMPTY_RESPONSE } from "../../structures/fields/empty.ts";

/* request: empty · response: empty. Served before login. */

export const ping: Command<undefined, undefined> = {
  name: "ping",
  operation: OPERATION.nonReplicated,
  code: 1,
  ...EMPTY_REQUEST,
  ...EMPTY_RESPONSE,
};
