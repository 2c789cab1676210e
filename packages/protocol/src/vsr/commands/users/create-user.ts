import type { Command } from "../../../command.ts";
import { OPERATION } from "../../../frames/operations.ts";
import type { Options } from "../../../values/headers.ts";
import type { Permissions, UserDetails, UserStatus } from "../../../values/users.ts";
import { readName, writeName } from "../../structures/fields/name.ts";
import { readRequestOptions, writeOptions } from "../../structures/fields/options.ts";
import { readUserStatus, writeUserStatus } from "../../structures/fields/user-status.ts";
import { readOptionalPermissions, writeOptionalPermissions } from "../../structures/records/permissions.ts";
import { readUserDetails, writeUserDetails } from "../../structures/records/user-record.ts";

/*
 * request: name (user), password length u8, password, status u8, optional permissions, options
 * response: user details
 */

export interface CreateUserRequest {
  /** 3 … 50 bytes, which a server checks. */
  readonly username: string;
  /** 3 … 100 bytes, which a server checks, at the login if not here. */
  readonly password: string;
  readonly status: UserStatus;
  readonly permissions?: Permissions | undefined;
  readonly options?: Options;
}

export const createUser: Command<CreateUserRequest, UserDetails> = {
  name: "create_user",
  operation: OPERATION.createUser,
  code: 33,
  encodeRequest(writer, request) {
    writeName(writer, request.username);
    writer.str8(request.password);
    writeUserStatus(writer, request.status);
    writeOptionalPermissions(writer, request.permissions);
    writeOptions(writer, request.options);
  },
  decodeRequest(reader) {
    return {
      username: readName(reader),
      password: reader.str8(),
      status: readUserStatus(reader),
      permissions: readOptionalPermissions(reader),
      options: readRequestOptions(reader),
    };
  },
  encodeResponse: writeUserDetails,
  decodeResponse: readUserDetails,
};
