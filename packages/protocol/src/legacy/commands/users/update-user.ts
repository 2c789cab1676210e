import type { CommandLayout } from "../../../command.ts";
import { type UpdateUserRequest, updateUser as vsr } from "../../../vsr/commands/users/update-user.ts";
import { EMPTY_RESPONSE } from "../../../vsr/structures/fields/empty.ts";
import { readUserChange, writeUserChange } from "../../../vsr/structures/requests/user-change.ts";
import { expectNoOptions } from "../../structures/no-options.ts";

/* request: user identifier, has name u8, [name], has status u8, [status u8] · response: empty */

export const updateUser: CommandLayout<UpdateUserRequest, undefined> = {
  name: vsr.name,
  code: vsr.code,
  encodeRequest(writer, request) {
    expectNoOptions(request.options);
    writeUserChange(writer, request);
  },
  decodeRequest: readUserChange,
  ...EMPTY_RESPONSE,
};
