import type { Identifier, UserStatus } from "@iggy-connectors/protocol";
import { refusedByState, STATUS } from "../errors.ts";
import type { CatalogChange } from "./catalog.ts";
import type { CatalogDocument, PermissionsEntry, TokenEntry, UserEntry } from "./document.ts";
import { findUser } from "./lookup.ts";

// The changes that operations on users and tokens make, as pure steps between documents.

export const ROOT_USER_ID = 0;
const MAX_USERS = 10_000;
const MAX_TOKENS_PER_USER = 100;
const NAME_BYTES = { least: 3, most: 50 } as const;
const TOKEN_NAME_BYTES = { least: 3, most: 30 } as const;

export interface UserPlan {
  readonly username: string;
  readonly passwordHash: string;
  readonly status: UserStatus;
  readonly permissions: PermissionsEntry | undefined;
}

/** The first user gets id 0 and is root. Ids are never used again. */
export function createUser(plan: UserPlan, now: number): CatalogChange<UserEntry> {
  return (document) => {
    checkName(document, plan.username, undefined);
    if (document.users.length >= MAX_USERS) throw refusedByState(STATUS.UsersLimitReached, "too many users");
    const user: UserEntry = { id: document.nextUserId, createdAt: now, ...plan, tokens: [] };
    const users = [...document.users, user];
    return { document: { ...document, nextUserId: user.id + 1, users }, result: user };
  };
}

export interface UserUpdate {
  readonly username?: string | undefined;
  readonly status?: UserStatus | undefined;
}

export function updateUser(identifier: Identifier, { username, status }: UserUpdate): CatalogChange<void> {
  return (document) => {
    const user = requireUser(document, identifier);
    if (username !== undefined) checkName(document, username, user);
    if (user.id === ROOT_USER_ID && status === "inactive") {
      throw refusedByState(STATUS.InvalidUserStatus, "the root user stays active");
    }
    return withUser(document, { ...user, username: username ?? user.username, status: status ?? user.status });
  };
}

export function deleteUser(identifier: Identifier): CatalogChange<void> {
  return (document) => {
    const user = requireUser(document, identifier);
    if (user.id === ROOT_USER_ID) throw refusedByState(STATUS.CannotDeleteUser, "the root user cannot be deleted");
    const users = document.users.filter((candidate) => candidate !== user);
    return { document: { ...document, users }, result: undefined };
  };
}

export function updatePermissions(
  identifier: Identifier,
  permissions: PermissionsEntry | undefined,
): CatalogChange<void> {
  return (document) => {
    const user = requireUser(document, identifier);
    if (user.id === ROOT_USER_ID) {
      throw refusedByState(STATUS.CannotChangePermissions, "the root user keeps its permissions");
    }
    return withUser(document, { ...user, permissions });
  };
}

/** `checkedHash` is the one that the current password was checked against; it may have changed meanwhile. */
export function changePassword(identifier: Identifier, checkedHash: string, passwordHash: string): CatalogChange<void> {
  return (document) => {
    const user = requireUser(document, identifier);
    if (user.passwordHash !== checkedHash) {
      throw refusedByState(STATUS.InvalidCredentials, "the password was changed meanwhile");
    }
    return withUser(document, { ...user, passwordHash });
  };
}

export function createToken(userId: number, token: TokenEntry, now: number): CatalogChange<void> {
  return (document) => {
    const user = requireUser(document, userId);
    const bytes = Buffer.byteLength(token.name);
    if (bytes < TOKEN_NAME_BYTES.least || bytes > TOKEN_NAME_BYTES.most) {
      throw refusedByState(STATUS.InvalidPersonalAccessTokenName, "a token's name has 3 … 30 bytes");
    }
    const tokens = keptTokens(user, now);
    if (tokens.some(({ name }) => name === token.name)) {
      throw refusedByState(STATUS.PersonalAccessTokenAlreadyExists, `a token ${JSON.stringify(token.name)} exists`);
    }
    if (tokens.length >= MAX_TOKENS_PER_USER) {
      throw refusedByState(STATUS.PersonalAccessTokensLimitReached, "too many tokens");
    }
    return withUser(document, { ...user, tokens: [...tokens, token] });
  };
}

export function deleteToken(userId: number, name: string, now: number): CatalogChange<void> {
  return (document) => {
    const user = requireUser(document, userId);
    const kept = keptTokens(user, now);
    const tokens = kept.filter((token) => token.name !== name);
    if (tokens.length === kept.length) {
      throw refusedByState(STATUS.ResourceNotFound, `no such token: ${JSON.stringify(name)}`);
    }
    return withUser(document, { ...user, tokens });
  };
}

/** Microseconds for which an expired token is still listed and holds its name: the interval of real servers' cleaner. */
const TOKEN_CLEANER_INTERVAL = 60_000_000;

/** The tokens of the list; the others leave the catalogue with its next change. */
export function keptTokens(user: UserEntry, now: number): readonly TokenEntry[] {
  return liveTokens(user, now - TOKEN_CLEANER_INTERVAL);
}

/** The tokens that a login is accepted with: those that have not expired. */
export function liveTokens(user: UserEntry, now: number): readonly TokenEntry[] {
  return user.tokens.filter(({ expiresAt }) => expiresAt === undefined || expiresAt > now);
}

/** @throws RequestRefused 20 in the result section. */
function requireUser(document: CatalogDocument, identifier: Identifier): UserEntry {
  const user = findUser(document, identifier);
  if (user === undefined) throw refusedByState(STATUS.ResourceNotFound, `no such user: ${JSON.stringify(identifier)}`);
  return user;
}

function checkName(document: CatalogDocument, username: string, owner: UserEntry | undefined): void {
  const bytes = Buffer.byteLength(username);
  if (bytes < NAME_BYTES.least || bytes > NAME_BYTES.most) {
    throw refusedByState(STATUS.InvalidUsername, "a user name has 3 … 50 bytes");
  }
  const holder = findUser(document, username);
  if (holder !== undefined && holder !== owner) {
    throw refusedByState(STATUS.UserAlreadyExists, `a user ${JSON.stringify(username)} already exists`);
  }
}

function withUser(document: CatalogDocument, user: UserEntry): { document: CatalogDocument; result: undefined } {
  const users = document.users.map((candidate) => (candidate.id === user.id ? user : candidate));
  return { document: { ...document, users }, result: undefined };
}
