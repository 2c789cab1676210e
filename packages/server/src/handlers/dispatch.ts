import {
  EVICTION,
  encodeReply,
  encodeResultReply,
  encodeStatusReply,
  HEADER_SIZE,
  isMetadataOperation,
  isReplicatedOperation,
  logout,
  OPERATION,
  operationName,
  ProtocolError,
  ping,
  type ReplyMeta,
  type RequestHeader,
  xxh3,
} from "@iggy-connectors/protocol";
import type { Broker } from "../broker.ts";
import type { Connection } from "../connections/connection.ts";
import { evict } from "../connections/eviction.ts";
import type { Session } from "../connections/session.ts";
import { RequestRefused, STATUS } from "../errors.ts";
import { refuseVersion, register } from "./login.ts";
import { type Reply, type RequestContext, type Route, replyMeta } from "./route.ts";
import { isUnavailable, readRoute, replicatedRoute } from "./routes.ts";

/** Logout and login as reads: an empty success that does nothing. */
const NOTHING_CODES = new Set([39, 40]);
/** Logins of older clients. */
const LEGACY_LOGIN_CODES = new Set([38, 44]);

/** Answers one request frame of a connection. Never rejects: every failure becomes an answer. */
export async function answer(
  broker: Broker,
  connection: Connection,
  header: RequestHeader,
  frame: Buffer,
): Promise<Reply> {
  try {
    return await dispatch(broker, connection, header, frame.subarray(HEADER_SIZE));
  } catch (error) {
    return refusal(broker, connection, header, error);
  }
}

async function dispatch(broker: Broker, connection: Connection, header: RequestHeader, body: Buffer): Promise<Reply> {
  const { operation, client } = header;
  if (client === 0n) throw new RequestRefused(STATUS.InvalidCommand, "the client id is 0");
  if (operationName(operation) === undefined) {
    throw new RequestRefused(STATUS.InvalidCommand, `unknown operation ${operation}`);
  }
  const wrongVersion = operation === OPERATION.register ? refuseVersion(header, body) : undefined;
  if (wrongVersion !== undefined) {
    broker.logger(
      "warn",
      "login refused: the client speaks another version of the protocol than 0.11, that of Iggy 0.9",
      {
        address: connection.remoteAddress,
      },
    );
    return wrongVersion;
  }
  if (header.requestChecksum !== 0n && header.requestChecksum !== xxh3(body)) {
    throw new RequestRefused(STATUS.InvalidFormat, "the request checksum does not match the body");
  }
  if (operation === OPERATION.register) return register(broker, connection, header, body);
  if (operation === OPERATION.logout) return logOut(broker, connection, header);
  if (operation === OPERATION.nonReplicated) return read(broker, connection, header, body);
  if (!isReplicatedOperation(operation)) return evict(client, EVICTION.invalidRequestOperation.reason);

  const { session } = connection;
  if (session === undefined) {
    return evict(client, connection.superseded ? EVICTION.sessionTooLow.reason : EVICTION.noSession.reason);
  }
  const route = replicatedRoute(operation);
  if (route === undefined)
    throw new RequestRefused(STATUS.FeatureUnavailable, `${operationName(operation)} is not available`);
  const context = { broker, connection, session, header };
  if (!isMetadataOperation(operation)) return route.execute(context, body);
  if (header.request === 0n) throw new RequestRefused(STATUS.InvalidCommand, "the request number is 0");
  return changeMetadata(route, context, body);
}

async function read(broker: Broker, connection: Connection, header: RequestHeader, body: Buffer): Promise<Reply> {
  const { code } = header;
  if (LEGACY_LOGIN_CODES.has(code)) return evict(header.client, EVICTION.malformedLogin.reason);
  if (code === ping.code) return encodeReply(ping, undefined, bareMeta(broker, connection.session, header));
  const { session } = connection;
  if (session === undefined) {
    if (connection.superseded) return evict(header.client, EVICTION.sessionTooLow.reason);
    throw new RequestRefused(STATUS.Unauthenticated, "log in first");
  }
  if (NOTHING_CODES.has(code)) return encodeReply(ping, undefined, bareMeta(broker, session, header));
  const route = readRoute(code);
  if (route !== undefined) return route.execute({ broker, connection, session, header }, body);
  if (isUnavailable(code)) throw new RequestRefused(STATUS.FeatureUnavailable, `command ${code} is not available`);
  throw new RequestRefused(STATUS.InvalidCommand, `unknown command ${code}`);
}

/** A metadata operation: a repeated number gets its reply again, refusals by the state count as replies too. */
async function changeMetadata(route: Route, context: RequestContext, body: Buffer): Promise<Reply> {
  const { broker, session, header } = context;
  const repetition = session.repetitionOf(header);
  switch (repetition.kind) {
    case "repeated":
      return repetition.frame;
    case "conflicting":
      throw new RequestRefused(STATUS.InvalidCommand, `request number ${header.request} served another request`);
    case "forgotten":
      return encodeResultReply(header.operation, STATUS.RequestAlreadyApplied, replyMeta(context));
  }
  await broker.catalog.nextPosition();
  let reply: Reply;
  try {
    reply = await route.execute(context, body);
  } catch (error) {
    if (!(error instanceof RequestRefused) || error.channel !== "result") throw error;
    reply = encodeResultReply(header.operation, error.code, replyMeta(context));
  }
  if (Buffer.isBuffer(reply)) session.keepReply(header, reply);
  return reply;
}

async function logOut(broker: Broker, connection: Connection, header: RequestHeader): Promise<Buffer> {
  if (connection.session !== undefined) {
    await broker.catalog.nextPosition();
    broker.sessions.end(connection.session);
  }
  return encodeReply(logout, undefined, bareMeta(broker, undefined, header));
}

function bareMeta(broker: Broker, session: Session | undefined, header: RequestHeader): ReplyMeta {
  return {
    client: header.client,
    request: header.request,
    requestChecksum: header.requestChecksum,
    op: session?.number ?? 0n,
    commit: BigInt(broker.catalog.position),
  };
}

function refusal(broker: Broker, connection: Connection, header: RequestHeader, error: unknown): Buffer {
  return encodeStatusReply(
    header.operation,
    statusOf(broker, connection, header, error),
    bareMeta(broker, connection.session, header),
  );
}

function statusOf(broker: Broker, connection: Connection, header: RequestHeader, error: unknown): number {
  const fields = { address: connection.remoteAddress, operation: header.operation, code: header.code };
  if (error instanceof RequestRefused) {
    broker.logger("debug", "request refused", { ...fields, status: error.code, reason: error.message });
    return error.code;
  }
  if (error instanceof ProtocolError) {
    broker.logger("debug", "request not decodable", { ...fields, reason: error.message });
    return error.code ?? STATUS.InvalidCommand;
  }
  broker.logger("error", "request failed", { ...fields, cause: String(error) });
  return STATUS.IoError;
}
