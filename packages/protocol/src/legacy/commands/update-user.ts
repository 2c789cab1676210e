import type { CommandLayout } from "../../command.ts";
import { updateUser as stable, type UpdateUserRequest } from "../../vsr/commands/update-user.ts";
import { EMPTY_RESPONSE } from "../../vsr/structures/empty.ts";
import { readUserChange, writeUserChange } from "../../vsr/structures/user-change.ts";
import { expectNoOptions } from "../structures/no-options.ts";

/* request: user identifier, has name u8, [name], has status u8, [status u8] · response: empty */

export const updateUser: CommandLayout<UpdateUserRequest, undefined> = {
  name: stable.name,
  code: stable.code,
  encodeRequest(writer, request) {
    expectNoOptions(request.options);
    writeUserChange(writer, request);
  },
  decodeRequest: readUserChange,
  ...EMPTY_RESPONSE,
};
