import type { Command } from "../../../command.ts";
import { OPERATION } from "../../../frames/operations.ts";
import type { UserDetails } from "../../../values/users.ts";
import { readUserDetails, writeUserDetails } from "../../structures/records/user-record.ts";
import { readUserTarget, type UserTarget, writeUserTarget } from "../../structures/requests/user-target.ts";

/* request: user identifier · response: user details; empty when there is no such user */

export const getUser: Command<UserTarget, UserDetails | undefined> = {
  name: "get_user",
  operation: OPERATION.nonReplicated,
  code: 31,
  encodeRequest: writeUserTarget,
  decodeRequest: readUserTarget,
  encodeResponse(writer, user) {
    if (user !== undefined) writeUserDetails(writer, user);
  },
  decodeResponse(reader) {
    return reader.remaining === 0 ? undefined : readUserDetails(reader);
  },
};
