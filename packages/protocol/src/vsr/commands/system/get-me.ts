import type { Command } from "../../../command.ts";
import { OPERATION } from "../../../frames/operations.ts";
import type { ClientDetails } from "../../../values/clients.ts";
import { EMPTY_REQUEST } from "../../structures/fields/empty.ts";
import { readClientDetails, writeClientDetails } from "../../structures/records/client-record.ts";

/* request: empty · response: client details */

export const getMe: Command<undefined, ClientDetails> = {
  name: "get_me",
  operation: OPERATION.nonReplicated,
  code: 20,
  ...EMPTY_REQUEST,
  encodeResponse: writeClientDetails,
  decodeResponse: readClientDetails,
};
