import { ProtocolError } from "../../../errors.ts";
import type { Reader } from "../../../primitives/reader.ts";
import type { Writer } from "../../../primitives/writer.ts";
import type { UserStatus } from "../../../values/users.ts";

/* user status: u8, 1 active, 2 inactive */
const STATUSES: readonly UserStatus[] = ["active", "inactive"];

const INVALID_USER_STATUS = 45;

export function writeUserStatus(writer: Writer, status: UserStatus): void {
  writer.u8(STATUSES.indexOf(status) + 1);
}

export function readUserStatus(reader: Reader): UserStatus {
  const at = reader.position;
  const code = reader.u8();
  const status = STATUSES[code - 1];
  if (status === undefined) throw new ProtocolError(`unknown user status ${code}`, at, INVALID_USER_STATUS);
  return status;
}
