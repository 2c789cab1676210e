import type { Command } from "../../../command.ts";
import { OPERATION } from "../../../frames/operations.ts";
import type { Permissions } from "../../../values/users.ts";
import { EMPTY_RESPONSE } from "../../structures/fields/empty.ts";
import { readOptionalPermissions, writeOptionalPermissions } from "../../structures/records/permissions.ts";
import { readUserTarget, type UserTarget, writeUserTarget } from "../../structures/requests/user-target.ts";

/* request: user identifier, optional permissions · response: empty */

export interface UpdatePermissionsRequest extends UserTarget {
  /** Replaces all permissions; `undefined` takes every permission away. */
  readonly permissions: Permissions | undefined;
}

export const updatePermissions: Command<UpdatePermissionsRequest, undefined> = {
  name: "update_permissions",
  operation: OPERATION.updatePermissions,
  code: 36,
  encodeRequest(writer, request) {
    writeUserTarget(writer, request);
    writeOptionalPermissions(writer, request.permissions);
  },
  decodeRequest(reader) {
    return { ...readUserTarget(reader), permissions: readOptionalPermissions(reader) };
  },
  ...EMPTY_RESPONSE,
};
