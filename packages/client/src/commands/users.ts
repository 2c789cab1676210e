import {
  type CreateUserRequest,
  changePassword,
  createUser,
  deleteUser,
  getUser,
  getUsers,
  type Identifier,
  type Permissions,
  type User,
  type UserChange,
  type UserDetails,
  updatePermissions,
  updateUser,
} from "@iggy-connectors/protocol";
import type { CommandPort } from "./port.ts";

/** A user to create; active unless said otherwise. */
export type NewUser = Omit<CreateUserRequest, "status" | "options"> & Partial<Pick<CreateUserRequest, "status">>;

/** Commands about users. */
export const userCommands = (port: CommandPort) => ({
  getUser(user: Identifier): Promise<UserDetails | undefined> {
    return port.call(getUser, { user });
  },

  getUsers(): Promise<readonly User[]> {
    return port.call(getUsers, undefined);
  },

  /** Without permissions the user may only log in. @throws IggyError 46 when the name is taken. */
  createUser({ status = "active", ...user }: NewUser): Promise<UserDetails> {
    return port.call(createUser, { ...user, status });
  },

  /**
   * Changes the name, the status, or both.
   * @throws IggyError 46 when the name is taken, 20 when there is no such user.
   */
  updateUser(change: UserChange): Promise<void> {
    return port.call(updateUser, change);
  },

  /** Replaces all permissions; `undefined` takes every one away. @throws IggyError 49 for the root user. */
  updatePermissions(user: Identifier, permissions: Permissions | undefined): Promise<void> {
    return port.call(updatePermissions, { user, permissions });
  },

  /** @throws IggyError 42 when the current password is wrong. */
  changePassword(user: Identifier, currentPassword: string, newPassword: string): Promise<void> {
    return port.call(changePassword, { user, currentPassword, newPassword });
  },

  /** @throws IggyError 48 for the root user, 20 when there is no such user. */
  deleteUser(user: Identifier): Promise<void> {
    return port.call(deleteUser, { user });
  },
});
