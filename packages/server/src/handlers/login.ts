import { timingSafeEqual } from "node:crypto";
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
import type { Connection } from "../connection.ts";
import { evict } from "../eviction.ts";
import { SERVER_VERSION } from "../version.ts";
import { replyMeta } from "./route.ts";

/** Who may log in: one user, as this server knows no others. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

const ROOT_USER_ID = 0;

/**
 * Judges the version of a register before anything else in it, checksum included: a client of another version lays out
 * the rest differently and puts other things into the checksum field (wire-vsr-stable §5).
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
  credentials: Credentials,
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
  if (login.kind === "token") return evict(header.client, EVICTION.invalidToken.reason);
  // Every password is compared, also for a wrong name: the time must not tell which of the two was wrong.
  const passwordFits = equal(login.password, credentials.password);
  if (!equal(login.username, credentials.username) || !passwordFits) {
    broker.logger("warn", "login refused: wrong user name or password", { address: connection.remoteAddress });
    return evict(header.client, EVICTION.invalidCredentials.reason);
  }
  const session = await broker.openSession(connection, header.client);
  const result = {
    userId: ROOT_USER_ID,
    session: session.number,
    protocolVersion: PROTOCOL_VERSION,
    serverVersion: SERVER_VERSION,
  };
  const meta = replyMeta({ broker, connection, session, header });
  return encodeReply(loginWithPassword, result, { ...meta, op: session.number, timestamp: 0n });
}

/** Compares without telling by its time how much fits; both sides have at most 255 bytes. */
function equal(given: string, expected: string): boolean {
  const size = 256;
  const left = Buffer.alloc(size);
  const right = Buffer.alloc(size);
  left[0] = left.write(given, 1);
  right[0] = right.write(expected, 1);
  return timingSafeEqual(left, right);
}
