import {
  createPersonalAccessToken,
  deletePersonalAccessToken,
  getPersonalAccessTokens,
} from "@iggy-connectors/protocol";
import { findUser } from "../../catalog/lookup.ts";
import { UNLIMITED } from "../../catalog/topic-options.ts";
import { createToken, deleteToken, keptTokens } from "../../catalog/user-changes.ts";
import { refusedByState, STATUS } from "../../errors.ts";
import { newToken } from "../../users/tokens.ts";
import { type Route, route } from "../route.ts";

// The tokens of the user who asks; no user sees another user's.

export const tokenRoutes: readonly Route[] = [
  route(getPersonalAccessTokens, (_, { broker, session }) => {
    const user = findUser(broker.catalog.document, session.userId);
    return (user === undefined ? [] : keptTokens(user, broker.clock())).map(({ name, expiresAt }) => ({
      name,
      expiresAt: expiresAt === undefined ? undefined : BigInt(expiresAt),
    }));
  }),
  route(createPersonalAccessToken, async ({ name, expiry }, { broker, session }) => {
    const now = broker.clock();
    const { token, hash } = newToken();
    const entry = { name, hash, expiresAt: expiryTime(now, expiry) };
    await broker.catalog.change(createToken(session.userId, entry, now));
    return { token };
  }),
  route(deletePersonalAccessToken, async ({ name }, { broker, session }) => {
    await broker.catalog.change(deleteToken(session.userId, name, broker.clock()));
    return undefined;
  }),
];

/** Microseconds since the Unix epoch; nothing for 0 and 2⁶⁴−1, which mean never. */
function expiryTime(now: number, expiry: bigint): number | undefined {
  if (expiry === 0n || expiry === UNLIMITED) return undefined;
  const time = now + Number(expiry);
  if (Number.isSafeInteger(time)) return time;
  throw refusedByState(STATUS.InvalidPersonalAccessTokenExpiry, "a token cannot expire that late");
}
