import type { Command } from "../../../command.ts";
import { OPERATION } from "../../../frames/operations.ts";
import { EMPTY_RESPONSE } from "../../structures/fields/empty.ts";
import { readUserTarget, type UserTarget, writeUserTarget } from "../../structures/requests/user-target.ts";

/*
 * request: user identifier, current password length u8, current password, new password length u8, new password
 * response: empty
 */

export interface ChangePasswordRequest extends UserTarget {
  readonly currentPassword: string;
  readonly newPassword: string;
}

export const changePassword: Command<ChangePasswordRequest, undefined> = {
  name: "change_password",
  operation: OPERATION.changePassword,
  code: 37,
  encodeRequest(writer, request) {
    writeUserTarget(writer, request);
    writer.str8(request.currentPassword).str8(request.newPassword);
  },
  decodeRequest(reader) {
    return { ...readUserTarget(reader), currentPassword: reader.str8(), newPassword: reader.str8() };
  },
  ...EMPTY_RESPONSE,
};
