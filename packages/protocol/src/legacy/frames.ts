import type { CommandLayout } from "../command.ts";
import { ProtocolError } from "../errors.ts";
import type { FrameSizing } from "../frames/frame-size.ts";
import { MAX_FRAME_SIZE } from "../frames/header-layout.ts";
import type { ReplyOutcome } from "../frames/reply-frame.ts";
import { Reader } from "../primitives/reader.ts";
import { Writer } from "../primitives/writer.ts";
import { sendMessages } from "../vsr/commands/messages/send-messages.ts";

/*
 * request: length u32 (code and body), code u32, body
 * response: status u32 (0 or an error code), length u32 (body), body
 *
 * One response per request, in order. A frame that arrives while no request is outstanding announces that the server
 * shuts down.
 */

/** Bytes before the body, of requests and responses. */
export const HEADER_SIZE = 8;

/**
 * Largest body of a request that is not a send. A 0.8 server refuses a larger one without reading it, and takes its
 * bytes for further requests.
 */
const MAX_BODY_SIZE = 10 * 1024 * 1024;

const LENGTH_AT = 0;
const CODE_AT = 4;
const STATUS_AT = 0;
const BODY_LENGTH_AT = 4;
const CODE_SIZE = 4;

/** For `FrameSplitter` and `FrameAssembler` of a server. */
export const REQUEST_SIZING: FrameSizing = {
  prefixSize: HEADER_SIZE,
  smallest: HEADER_SIZE,
  sizeOf(prefix, maxFrameSize) {
    const length = prefix.readUInt32LE(LENGTH_AT);
    if (length < CODE_SIZE) throw new ProtocolError(`a request has at least ${CODE_SIZE} bytes, found ${length}`, 0);
    return checkedSize(length + LENGTH_AT + 4, maxFrameSize, LENGTH_AT);
  },
};

/**
 * For those of a client. A poll's response is bounded by its count alone: ask for fewer messages where it is too large.
 */
export const RESPONSE_SIZING: FrameSizing = {
  prefixSize: HEADER_SIZE,
  smallest: HEADER_SIZE,
  sizeOf(prefix, maxFrameSize) {
    return checkedSize(prefix.readUInt32LE(BODY_LENGTH_AT) + HEADER_SIZE, maxFrameSize, BODY_LENGTH_AT);
  },
};

function checkedSize(size: number, maxFrameSize: number, at: number): number {
  if (size > maxFrameSize) throw new ProtocolError(`frame of ${size} bytes, at most ${maxFrameSize} are read`, at);
  return size;
}

/** A whole request frame. Throws {@link ProtocolError} for a value that the dialect cannot carry. */
export function encodeRequest<Request, Response>(command: CommandLayout<Request, Response>, request: Request): Buffer {
  const writer = new Writer();
  writer.zeros(HEADER_SIZE);
  command.encodeRequest(writer, request);
  const frame = writer.finish();
  const limit = command.code === sendMessages.code ? MAX_FRAME_SIZE : HEADER_SIZE + MAX_BODY_SIZE;
  if (frame.length > limit) {
    throw new ProtocolError(`${command.name} makes a frame of ${frame.length} bytes, at most ${limit} fit`);
  }
  writeRequestHeader(frame, command.code);
  return frame;
}

/** Writes the header of a frame whose body is there already. */
export function writeRequestHeader(frame: Buffer, code: number): void {
  frame.writeUInt32LE(frame.length - 4, LENGTH_AT);
  frame.writeUInt32LE(code, CODE_AT);
}

/** The command code of a whole request frame; the body starts at `HEADER_SIZE`, see `decodeRequestBody`. */
export function decodeRequestCode(frame: Buffer): number {
  expectSize(frame, REQUEST_SIZING);
  return frame.readUInt32LE(CODE_AT);
}

/**
 * A whole response frame of a command that succeeded; `undefined` makes an empty body: nothing to tell, or what was
 * asked for does not exist. Throws {@link ProtocolError} for a body of one byte, which official clients do not read.
 */
export function encodeResponse<Request, Response>(
  command: CommandLayout<Request, Response>,
  response: Response | undefined,
): Buffer {
  const writer = new Writer();
  writer.zeros(HEADER_SIZE);
  if (response !== undefined) command.encodeResponse(writer, response);
  const frame = writer.finish();
  const bodyLength = frame.length - HEADER_SIZE;
  if (bodyLength === 1) throw new ProtocolError(`a response of ${command.name} cannot have a body of one byte`);
  frame.writeUInt32LE(bodyLength, BODY_LENGTH_AT);
  return frame;
}

/** A refusal. */
export function encodeStatus(code: number): Buffer {
  const frame = Buffer.alloc(HEADER_SIZE);
  frame.writeUInt32LE(code, STATUS_AT);
  return frame;
}

/**
 * What a whole response frame says: the response, or Iggy's error code.
 * Throws {@link ProtocolError} when its length is wrong or its body cannot be decoded.
 */
export function decodeResponse<Request, Response>(
  command: CommandLayout<Request, Response>,
  frame: Buffer,
): ReplyOutcome<Response> {
  expectSize(frame, RESPONSE_SIZING);
  const code = frame.readUInt32LE(STATUS_AT);
  if (code !== 0) return { ok: false, code };
  return { ok: true, response: command.decodeResponse(new Reader(frame.subarray(HEADER_SIZE))) };
}

function expectSize(frame: Buffer, sizing: FrameSizing): void {
  if (frame.length < HEADER_SIZE) throw new ProtocolError("a frame has at least 8 bytes", frame.length);
  const size = sizing.sizeOf(frame, Number.POSITIVE_INFINITY);
  if (size !== frame.length) throw new ProtocolError(`a frame of ${size} bytes in ${frame.length}`, 0);
}
