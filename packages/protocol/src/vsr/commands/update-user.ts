import type { Command } from "../../command.ts";
import { OPERATION } from "../../frames/operations.ts";
import type { Options } from "../../values/headers.ts";
import type { UserStatus } from "../../values/users.ts";
import { EMPTY_RESPONSE } from "../structures/empty.ts";
import { readName, writeName } from "../structures/name.ts";
import { readRequestOptions, writeOptions } from "../structures/options.ts";
import { readUserStatus, writeUserStatus } from "../structures/user-status.ts";
import { readUserTarget, type UserTarget, writeUserTarget } from "../structures/user-target.ts";

/*
 * request: user identifier, has name u8, [name], has status u8, [status u8], options
 * response: empty
 */

/** What is `undefined` stays as it is. */
export interface UpdateUserRequest extends UserTarget {
  readonly username?: string | undefined;
  readonly status?: UserStatus | undefined;
  readonly options?: Options;
}

export const updateUser: Command<UpdateUserRequest, undefined> = {
  name: "update_user",
  operation: OPERATION.updateUser,
  code: 35,
  encodeRequest(writer, request) {
    const { username, status } = request;
    writeUserTarget(writer, request);
    writer.bool(username !== undefined);
    if (username !== undefined) writeName(writer, username);
    writer.bool(status !== undefined);
    if (status !== undefined) writeUserStatus(writer, status);
    writeOptions(writer, request.options);
  },
  decodeRequest(reader) {
    return {
      ...readUserTarget(reader),
      username: reader.bool() ? readName(reader) : undefined,
      status: reader.bool() ? readUserStatus(reader) : undefined,
      options: readRequestOptions(reader),
    };
  },
  ...EMPTY_RESPONSE,
};
