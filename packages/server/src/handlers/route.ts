import {
  type Command,
  decodeRequestBody,
  encodeReply,
  type ReplyMeta,
  type RequestHeader,
} from "@iggy-connectors/protocol";
import type { Broker } from "../broker.ts";
import type { Connection } from "../connections/connection.ts";
import type { Session } from "../connections/session.ts";

/** A request of a logged-in client. */
export interface RequestContext {
  readonly broker: Broker;
  readonly connection: Connection;
  readonly session: Session;
  readonly header: RequestHeader;
}

/** A reply frame, whole or in pieces to be written one after another. */
export type Reply = Buffer | Buffer[];

/**
 * One command as the server serves it. Undecodable bodies are thrown as `ProtocolError`, refusals as `RequestRefused`.
 */
export interface Route {
  readonly command: { readonly name: string; readonly operation: number; readonly code: number };
  execute(context: RequestContext, body: Buffer): Promise<Reply>;
}

/** A route whose response the command encodes; `undefined` is an empty payload. */
export function route<Request, Response>(
  command: Command<Request, Response>,
  handle: (request: Request, context: RequestContext) => Response | undefined | Promise<Response | undefined>,
): Route {
  return {
    command,
    async execute(context, body) {
      const response = await handle(decodeRequestBody(command, body), context);
      return encodeReply(command, response, replyMeta(context));
    },
  };
}

/** The echoes and positions of a reply. Metadata replies carry the metadata position in `commit`. */
export function replyMeta({ broker, session, header }: RequestContext): ReplyMeta {
  const commit = BigInt(broker.catalog.position);
  const isRead = header.operation === 2;
  return {
    client: header.client,
    request: header.request,
    requestChecksum: header.requestChecksum,
    op: isRead ? session.number : commit,
    commit,
    timestamp: isRead ? 0n : BigInt(broker.clock()),
  };
}
