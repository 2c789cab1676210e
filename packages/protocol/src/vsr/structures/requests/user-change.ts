import type { Reader } from "../../../primitives/reader.ts";
import type { Writer } from "../../../primitives/writer.ts";
import type { UserStatus } from "../../../values/users.ts";
import { readName, writeName } from "../fields/name.ts";
import { readUserStatus, writeUserStatus } from "../fields/user-status.ts";
import { readUserTarget, type UserTarget, writeUserTarget } from "./user-target.ts";

/* user identifier, has name u8, [name], has status u8, [status u8] */

/** What is `undefined` stays as it is. */
export interface UserChange extends UserTarget {
  readonly username?: string | undefined;
  readonly status?: UserStatus | undefined;
}

export function writeUserChange(writer: Writer, change: UserChange): void {
  const { username, status } = change;
  writeUserTarget(writer, change);
  writer.bool(username !== undefined);
  if (username !== undefined) writeName(writer, username);
  writer.bool(status !== undefined);
  if (status !== undefined) writeUserStatus(writer, status);
}

export function readUserChange(reader: Reader): UserChange {
  return {
    ...readUserTarget(reader),
    username: reader.bool() ? readName(reader) : undefined,
    status: reader.bool() ? readUserStatus(reader) : undefined,
  };
}
