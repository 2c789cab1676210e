import type { Command } from "../command.ts";
import { ProtocolError } from "../errors.ts";
import { Reader } from "../primitives/reader.ts";
import { Writer } from "../primitives/writer.ts";
import { HEADER_SIZE } from "./header-layout.ts";
import { hasResultSection, operationName, replyOperation } from "./operations.ts";
import { encodeReplyHeader, type ReplyHeader } from "./reply-header.ts";

const RESULT_ENTRY_SIZE = 8;

/** What a server knows about a reply besides its content: echoes of the request and its log position. Absent is 0. */
export interface ReplyMeta {
  readonly client: bigint;
  readonly request: bigint;
  readonly requestChecksum?: bigint;
  readonly op?: bigint;
  readonly commit?: bigint;
  readonly timestamp?: bigint;
}

/** Header of a reply, from what the server knows about it. */
export function replyHeader(operation: number, status: number, size: number, meta: ReplyMeta): ReplyHeader {
  return {
    size,
    requestChecksum: meta.requestChecksum ?? 0n,
    client: meta.client,
    op: meta.op ?? 0n,
    commit: meta.commit ?? 0n,
    timestamp: meta.timestamp ?? 0n,
    request: meta.request,
    operation,
    status,
  };
}

/**
 * A whole reply frame of a command that succeeded, with the result section where its operation has one.
 * `undefined` makes an empty payload: nothing to tell, or what was asked for does not exist.
 */
export function encodeReply<Request, Response>(
  command: Command<Request, Response>,
  response: Response | undefined,
  meta: ReplyMeta,
): Buffer {
  const operation = replyOperation(command.operation);
  const writer = new Writer();
  writer.zeros(HEADER_SIZE);
  if (hasResultSection(operation, 1)) writer.u32(0);
  if (response !== undefined) command.encodeResponse(writer, response);
  const frame = writer.finish();
  encodeReplyHeader(frame, replyHeader(operation, 0, frame.length, meta));
  return frame;
}

/** A refusal in the header's status, with an empty body; it echoes the operation of the request. */
export function encodeStatusReply(operation: number, status: number, meta: ReplyMeta): Buffer {
  const frame = Buffer.allocUnsafe(HEADER_SIZE);
  encodeReplyHeader(frame, replyHeader(operation, status, HEADER_SIZE, meta));
  return frame;
}

/** A refusal in the result section, for metadata operations, offset writes and register. */
export function encodeResultReply(operation: number, code: number, meta: ReplyMeta): Buffer {
  const replied = replyOperation(operation);
  if (!hasResultSection(replied, 1)) {
    throw new ProtocolError(`replies to operation ${operation} have no result section, use the status`);
  }
  const writer = new Writer();
  const frame = writer.zeros(HEADER_SIZE).u32(1).u32(0).u32(code).finish();
  encodeReplyHeader(frame, replyHeader(replied, 0, frame.length, meta));
  return frame;
}

export type ReplyOutcome<Response> =
  | { readonly ok: true; readonly response: Response }
  | { readonly ok: false; readonly code: number };

/**
 * What a reply says: the response, or Iggy's error code from the status or from the result section.
 * Throws {@link ProtocolError} for an unknown operation byte, a truncated result section or an undecodable payload.
 */
export function decodeReplyBody<Request, Response>(
  command: Command<Request, Response>,
  header: Pick<ReplyHeader, "operation" | "status">,
  body: Uint8Array,
): ReplyOutcome<Response> {
  if (header.status !== 0) return { ok: false, code: header.status };
  if (operationName(header.operation) === undefined) {
    throw new ProtocolError(`reply to ${command.name} has the unknown operation ${header.operation}`);
  }
  const reader = new Reader(body);
  if (hasResultSection(header.operation, body.length)) {
    const code = readResultSection(reader);
    if (code !== 0) return { ok: false, code };
  }
  return { ok: true, response: command.decodeResponse(reader) };
}

/**
 * `count u32`, then per entry `index u32, result u32`. 0 is success; a truncated section throws and is never success.
 */
function readResultSection(reader: Reader): number {
  const count = reader.u32();
  reader.expectElements(count, RESULT_ENTRY_SIZE);
  if (count === 0) return 0;
  reader.u32();
  const at = reader.position;
  const code = reader.u32();
  if (code === 0) throw new ProtocolError("result entry without an error code", at);
  return code;
}
