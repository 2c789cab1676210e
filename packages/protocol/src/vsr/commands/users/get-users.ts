import type { Command } from "../../../command.ts";
import { OPERATION } from "../../../frames/operations.ts";
import type { User } from "../../../values/users.ts";
import { EMPTY_REQUEST } from "../../structures/fields/empty.ts";
import { readToEnd } from "../../structures/fields/list.ts";
import { readUserRecord, writeUserRecord } from "../../structures/records/user-record.ts";

/* request: empty · response: user records to the end, without their permissions */

export const getUsers: Command<undefined, readonly User[]> = {
  name: "get_users",
  operation: OPERATION.nonReplicated,
  code: 32,
  ...EMPTY_REQUEST,
  encodeResponse(writer, users) {
    for (const user of users) writeUserRecord(writer, user);
  },
  decodeResponse(reader) {
    return readToEnd(reader, readUserRecord);
  },
};
