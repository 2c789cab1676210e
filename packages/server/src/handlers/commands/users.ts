import {
  changePassword,
  createUser,
  deleteUser,
  getUser,
  getUsers,
  type Identifier,
  type Options,
  type User,
  type UserDetails,
  updatePermissions,
  updateUser,
} from "@iggy-connectors/protocol";
import type { UserEntry } from "../../catalog/document.ts";
import { findUser } from "../../catalog/lookup.ts";
import { permissionsEntry, permissionsOf, ROOT_PERMISSIONS } from "../../catalog/permissions.ts";
import * as changes from "../../catalog/user-changes.ts";
import { RequestRefused, refusedByState, STATUS } from "../../errors.ts";
import { authorize } from "../authorize.ts";
import { type RequestContext, type Route, route } from "../route.ts";

const PASSWORD_BYTES = { least: 3, most: 100 } as const;

export const userRoutes: readonly Route[] = [
  route(getUser, ({ user }, context) => {
    const entry = findUser(context.broker.catalog.document, user);
    if (entry?.id !== context.session.userId) authorize(context, "readUsers");
    return entry === undefined ? undefined : userDetails(entry);
  }),
  route(getUsers, (_, context) => {
    authorize(context, "readUsers");
    return context.broker.catalog.document.users.map(userRecord);
  }),
  route(createUser, async ({ username, password, status, permissions, options }, context) => {
    authorize(context, "manageUsers");
    refuseOptions(options);
    checkPassword(password);
    const { catalog, passwords, clock } = context.broker;
    const passwordHash = await passwords.hash(password);
    const granted = permissions === undefined ? undefined : permissionsEntry(permissions);
    const plan = { username, passwordHash, status, permissions: granted };
    return userDetails(await catalog.change(changes.createUser(plan, clock())));
  }),
  route(updateUser, async ({ user, username, status, options }, context) => {
    authorize(context, "manageUsers");
    refuseOptions(options);
    await context.broker.catalog.change(changes.updateUser(user, { username, status }));
    return undefined;
  }),
  route(deleteUser, async ({ user }, context) => {
    authorize(context, "manageUsers");
    await context.broker.catalog.change(changes.deleteUser(user));
    return undefined;
  }),
  route(updatePermissions, async ({ user, permissions }, context) => {
    authorize(context, "manageUsers");
    const granted = permissions === undefined ? undefined : permissionsEntry(permissions);
    await context.broker.catalog.change(changes.updatePermissions(user, granted));
    return undefined;
  }),
  route(changePassword, async ({ user, currentPassword, newPassword }, context) => {
    const { passwordHash } = requireOwnOrManaged(context, user);
    const { catalog, passwords } = context.broker;
    checkPassword(newPassword);
    if (!(await passwords.matches(currentPassword, passwordHash))) {
      throw refusedByState(STATUS.InvalidCredentials, "the current password is wrong");
    }
    await catalog.change(changes.changePassword(user, passwordHash, await passwords.hash(newPassword)));
    return undefined;
  }),
];

function requireOwnOrManaged(context: RequestContext, user: Identifier): UserEntry {
  const entry = findUser(context.broker.catalog.document, user);
  if (entry?.id !== context.session.userId) authorize(context, "manageUsers");
  if (entry === undefined) throw refusedByState(STATUS.ResourceNotFound, `no such user: ${JSON.stringify(user)}`);
  return entry;
}

function userRecord({ id, createdAt, status, username }: UserEntry): User {
  return { id, createdAt: BigInt(createdAt), status, username, options: new Map() };
}

function userDetails(entry: UserEntry): UserDetails {
  const permissions = entry.id === changes.ROOT_USER_ID ? ROOT_PERMISSIONS : entry.permissions;
  return { ...userRecord(entry), permissions: permissions === undefined ? undefined : permissionsOf(permissions) };
}

/** A shorter or longer one could be stored, but no client could log in with it. */
function checkPassword(password: string): void {
  const bytes = Buffer.byteLength(password);
  if (bytes >= PASSWORD_BYTES.least && bytes <= PASSWORD_BYTES.most) return;
  throw refusedByState(STATUS.InvalidPassword, "a password has 3 … 100 bytes");
}

/** Users have no options: any key is unknown. */
function refuseOptions(options: Options | undefined): void {
  for (const key of options?.keys() ?? []) {
    throw new RequestRefused(STATUS.UnsupportedOptionKey, `users have no option ${JSON.stringify(key)}`);
  }
}
