import type { Reader } from "../../primitives/reader.ts";
import type { Writer } from "../../primitives/writer.ts";
import type { User, UserDetails } from "../../values/users.ts";
import { readName, writeName } from "../../vsr/structures/fields/name.ts";
import { readUserStatus, writeUserStatus } from "../../vsr/structures/fields/user-status.ts";
import { readRepliedPermissions, writeRepliedPermissions } from "../../vsr/structures/records/permissions.ts";
import { NO_OPTIONS } from "./no-options.ts";

/*
 * user record: id u32, created_at u64, status u8, name
 * user details: user record, permissions as in a response
 */

export function writeUserRecord(writer: Writer, user: User): void {
  writer.u32(user.id).u64(user.createdAt);
  writeUserStatus(writer, user.status);
  writeName(writer, user.username);
}

export function readUserRecord(reader: Reader): User {
  return {
    id: reader.u32(),
    createdAt: reader.u64(),
    status: readUserStatus(reader),
    username: readName(reader),
    options: NO_OPTIONS,
  };
}

export function writeUserDetails(writer: Writer, user: UserDetails): void {
  writeUserRecord(writer, user);
  writeRepliedPermissions(writer, user.permissions);
}

export function readUserDetails(reader: Reader): UserDetails {
  return { ...readUserRecord(reader), permissions: readRepliedPermissions(reader) };
}
