import {
  type Command,
  decodeReplyBody,
  encodeRequest,
  encodeSendMessages,
  type LoginResult,
  loginWithPassword,
  loginWithToken,
  PROTOCOL_VERSION,
  type ReplyOutcome,
  type RequestSession,
} from "@iggy-connectors/protocol";
import type { Login } from "../../configuration/credentials.ts";
import type { Work } from "../../connection/work.ts";
import type { VsrReply } from "./framing.ts";

/** What depends on the protocol number. A further number is a further object in {@link VSR_VERSIONS}. */
export interface VsrVersion {
  /** Packed major·2²⁰ + minor·2¹⁰ + patch. */
  readonly number: number;
  login(login: Login): { readonly command: Command<unknown, LoginResult>; readonly work: Work };
  /** A whole request frame. Throws `ProtocolError` when the protocol cannot carry the request. */
  encode(command: Command<unknown, unknown>, work: Work, session: RequestSession): Buffer;
  decode<Response>(command: Command<unknown, Response>, reply: VsrReply): ReplyOutcome<Response>;
}

/** Of 0.9.0, and of 0.9.0-edge.5, which differs in nothing but the topic options it knows. */
const VSR_0_11: VsrVersion = {
  number: PROTOCOL_VERSION,
  login(login) {
    if (login.kind === "token") {
      return { command: loginWithToken, work: { kind: "request", request: { token: login.token } } };
    }
    const { username, password } = login;
    return { command: loginWithPassword, work: { kind: "request", request: { username, password } } };
  },
  encode(command, work, session) {
    if (work.kind === "batch") return work.batch.finishSend(work.target, nowMicros(), session);
    if (work.kind === "messages") {
      const { target, messages, writer } = work;
      return encodeSendMessages({ ...target, messages }, nowMicros(), session, writer(messages));
    }
    return encodeRequest(command, work.request, session);
  },
  decode: (command, reply) => decodeReplyBody(command, reply.header, reply.body),
};

/** Every number this client speaks, the newest first. */
export const VSR_VERSIONS: readonly [VsrVersion, ...VsrVersion[]] = [VSR_0_11];

function nowMicros(): number {
  return Date.now() * 1000;
}
