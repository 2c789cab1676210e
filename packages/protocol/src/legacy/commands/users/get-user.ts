import type { CommandLayout } from "../../../command.ts";
import type { UserDetails } from "../../../values/users.ts";
import { getUser as vsr } from "../../../vsr/commands/users/get-user.ts";
import { readUserTarget, type UserTarget, writeUserTarget } from "../../../vsr/structures/requests/user-target.ts";
import { readUserDetails, writeUserDetails } from "../../structures/user-record.ts";

/* request: user identifier · response: user details; empty when there is no such user */

export const getUser: CommandLayout<UserTarget, UserDetails | undefined> = {
  name: vsr.name,
  code: vsr.code,
  encodeRequest: writeUserTarget,
  decodeRequest: readUserTarget,
  encodeResponse(writer, user) {
    if (user !== undefined) writeUserDetails(writer, user);
  },
  decodeResponse(reader) {
    return reader.remaining === 0 ? undefined : readUserDetails(reader);
  },
};
