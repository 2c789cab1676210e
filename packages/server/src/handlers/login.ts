import {
  decodeLogin,
  EVICTION,
  encodeReply,
  loginWithPassword,
  majorMinor,
  PROTOCOL_VERSION,
  ProtocolError,
  Reader,
  type RequestHeader,
  readVersionPrefix,
} from "@iggy-connectors/protocol";
import type { Broker } from "../broker.ts";
import type { UserEntry } from "../catalog/document.ts";
import { findUser } from "../catalog/lookup.ts";
import { liveTokens } from "../catalog/user-changes.ts";
import type { Connection } from "../connections/connection.ts";
import { evict } from "../connections/eviction.ts";
import { tokenHash } from "../users/tokens.ts";
import { SERVER_VERSION } from "../version.ts";
import { replyMeta } from "./route.ts";

/**
 * Judges the version of a register before anything else in it, checksum included: a client of another version lays out
 * the rest differently and puts other things into the checksum field.
 * @returns the eviction to answer, or nothing when the version is served.
 */
export function refuseVersion(header: RequestHeader, body: Buffer): Buffer | undefined {
  let version: number;
  try {
    ({ version } = readVersionPrefix(new Reader(body)));
  } catch (error) {
    if (error instanceof ProtocolError) return evict(header.client, EVICTION.malformedLogin.reason);
    throw error;
  }
  const served = version >= PROTOCOL_VERSION && majorMinor(version) <= majorMinor(PROTOCOL_VERSION);
  return served ? undefined : evict(header.client, EVICTION.incompatibleProtocol.reason);
}

/** Serves a register whose version and checksum are accepted. */
export async function register(
  broker: Broker,
  connection: Connection,
  header: RequestHeader,
  body: Buffer,
): Promise<Buffer> {
  let login: ReturnType<typeof decodeLogin>;
  try {
    login = decodeLogin(new Reader(body));
  } catch (error) {
    if (error instanceof ProtocolError) return evict(header.client, EVICTION.malformedLogin.reason);
    throw error;
  }
  const user =
    login.kind === "token"
      ? userOfToken(broker, login.token)
      : await userOfPassword(broker, login.username, login.password);
  if (user === undefined) {
    broker.logger("warn", `login refused: wrong ${login.kind === "token" ? "token" : "user name or password"}`, {
      address: connection.remoteAddress,
    });
    return evict(header.client, EVICTION[login.kind === "token" ? "invalidToken" : "invalidCredentials"].reason);
  }
  const session = await broker.openSession(connection, header.client, user.id);
  if (session === undefined) return evict(header.client, EVICTION.sessionError.reason);
  const result = {
    userId: user.id,
    session: session.number,
    protocolVersion: PROTOCOL_VERSION,
    serverVersion: SERVER_VERSION,
  };
  const meta = replyMeta({ broker, connection, session, header });
  return encodeReply(loginWithPassword, result, { ...meta, op: session.number, timestamp: 0n });
}

async function userOfPassword(broker: Broker, username: string, password: string): Promise<UserEntry | undefined> {
  // The key is derived for a wrong name too, so that the time does not reveal which of the two was wrong.
  const user = findUser(broker.catalog.document, username);
  const fits = await broker.passwords.matches(password, user?.passwordHash);
  // The user may have been deactivated, deleted or changed while the password was checked: the current state counts.
  const now = findUser(broker.catalog.document, username);
  return fits && now?.status === "active" && now.passwordHash === user?.passwordHash ? now : undefined;
}

function userOfToken(broker: Broker, token: string): UserEntry | undefined {
  const hash = tokenHash(token);
  const now = broker.clock();
  return broker.catalog.document.users.find(
    (user) => user.status === "active" && liveTokens(user, now).some((candidate) => candidate.hash === hash),
  );
}
