import type { Command } from "../../../command.ts";
import { OPERATION } from "../../../frames/operations.ts";
import type { Options } from "../../../values/headers.ts";
import { EMPTY_RESPONSE } from "../../structures/fields/empty.ts";
import { readRequestOptions, writeOptions } from "../../structures/fields/options.ts";
import { readUserChange, type UserChange, writeUserChange } from "../../structures/requests/user-change.ts";

/* request: user identifier, has name u8, [name], has status u8, [status u8], options · response: empty */

export interface UpdateUserRequest extends UserChange {
  readonly options?: Options;
}

export const updateUser: Command<UpdateUserRequest, undefined> = {
  name: "update_user",
  operation: OPERATION.updateUser,
  code: 35,
  encodeRequest(writer, request) {
    writeUserChange(writer, request);
    writeOptions(writer, request.options);
  },
  decodeRequest(reader) {
    return { ...readUserChange(reader), options: readRequestOptions(reader) };
  },
  ...EMPTY_RESPONSE,
};
