import type { CommandLayout } from "../../../command.ts";
import type { User } from "../../../values/users.ts";
import { getUsers as vsr } from "../../../vsr/commands/users/get-users.ts";
import { EMPTY_REQUEST } from "../../../vsr/structures/fields/empty.ts";
import { readToEnd } from "../../../vsr/structures/fields/list.ts";
import { readUserRecord, writeUserRecord } from "../../structures/user-record.ts";

/* request: empty · response: user records to the end, without their permissions */

export const getUsers: CommandLayout<undefined, readonly User[]> = {
  name: vsr.name,
  code: vsr.code,
  ...EMPTY_REQUEST,
  encodeResponse(writer, users) {
    for (const user of users) writeUserRecord(writer, user);
  },
  decodeResponse(reader) {
    return readToEnd(reader, readUserRecord);
  },
};
