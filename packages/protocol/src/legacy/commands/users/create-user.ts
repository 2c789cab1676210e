import type { CommandLayout } from "../../../command.ts";
import type { UserDetails } from "../../../values/users.ts";
import { type CreateUserRequest, createUser as vsr } from "../../../vsr/commands/users/create-user.ts";
import { readName, writeName } from "../../../vsr/structures/fields/name.ts";
import { readUserStatus, writeUserStatus } from "../../../vsr/structures/fields/user-status.ts";
import { readOptionalPermissions, writeOptionalPermissions } from "../../../vsr/structures/records/permissions.ts";
import { expectNoOptions } from "../../structures/no-options.ts";
import { readUserDetails, writeUserDetails } from "../../structures/user-record.ts";

/* request: name (user), password length u8, password, status u8, optional permissions · response: user details */

export const createUser: CommandLayout<CreateUserRequest, UserDetails> = {
  name: vsr.name,
  code: vsr.code,
  encodeRequest(writer, request) {
    expectNoOptions(request.options);
    writeName(writer, request.username);
    writer.str8(request.password);
    writeUserStatus(writer, request.status);
    writeOptionalPermissions(writer, request.permissions);
  },
  decodeRequest(reader) {
    return {
      username: readName(reader),
      password: reader.str8(),
      status: readUserStatus(reader),
      permissions: readOptionalPermissions(reader),
    };
  },
  encodeResponse: writeUserDetails,
  decodeResponse: readUserDetails,
};
