import { xxh3 } from "../checksum/xxh3.ts";
import type { Command, CommandLayout } from "../command.ts";
import { ProtocolError } from "../errors.ts";
import { Reader } from "../primitives/reader.ts";
import { Writer } from "../primitives/writer.ts";
import { HEADER_SIZE, MAX_FRAME_SIZE } from "./header-layout.ts";
import { isChecksummedOperation, OPERATION } from "./operations.ts";
import { encodeRequestHeader, type RequestSession } from "./request-header.ts";

/**
 * A whole request frame. The body's checksum is stamped where official clients stamp it (metadata operations and
 * logout); register is left unstamped so that a server of another version can still read the version in it.
 */
export function encodeRequest<Request, Response>(
  command: Command<Request, Response>,
  request: Request,
  { client, session, request: number }: RequestSession,
): Buffer {
  const writer = new Writer();
  writer.zeros(HEADER_SIZE);
  command.encodeRequest(writer, request);
  const frame = writer.finish();
  if (frame.length > MAX_FRAME_SIZE) {
    throw new ProtocolError(`${command.name} makes a frame of ${frame.length} bytes, at most ${MAX_FRAME_SIZE} fit`);
  }
  encodeRequestHeader(frame, {
    size: frame.length,
    client,
    requestChecksum: isChecksummedOperation(command.operation) ? xxh3(frame.subarray(HEADER_SIZE)) : 0n,
    request: number,
    operation: command.operation,
    session,
    code: command.operation === OPERATION.nonReplicated ? command.code : 0,
  });
  return frame;
}

/** The request in a frame's body. Bytes behind it are ignored, as servers do: an official client sends some. */
export function decodeRequestBody<Request, Response>(
  command: CommandLayout<Request, Response>,
  body: Uint8Array,
): Request {
  return command.decodeRequest(new Reader(body));
}
