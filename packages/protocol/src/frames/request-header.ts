import { ProtocolError } from "../errors.ts";
import { checkedFrameSize, expectHeader } from "./frame-size.ts";
import { COMMAND_AT, FRAME_COMMAND, HEADER_SIZE, readU128, SIZE_AT, writeU128 } from "./header-layout.ts";

/*
 * Request header, 256 bytes; what is not named is zero.
 *   48 u32  size            128 u128 client            168 u64 request
 *   60 u8   command (5)     144 u128 request checksum  176 u8  operation
 *                                                      184 u64 session
 *                                                      196 u32 code (operation 2 only)
 */
const CLIENT_AT = 128;
const REQUEST_CHECKSUM_AT = 144;
const REQUEST_AT = 168;
const OPERATION_AT = 176;
const SESSION_AT = 184;
const CODE_AT = 196;

export interface RequestHeader {
  /** Size of the whole frame. */
  readonly size: number;
  /** Identity of the session, never 0. */
  readonly client: bigint;
  /** XXH3-64 of the body, or 0 when it is not stamped. */
  readonly requestChecksum: bigint;
  /** 0 on register, else the number of the request within its session. */
  readonly request: bigint;
  readonly operation: number;
  /** 0 before login. */
  readonly session: bigint;
  /** Command code when the operation is 2, else 0. */
  readonly code: number;
}

/** Writes the 256 bytes at the start of `target`. */
export function encodeRequestHeader(target: Buffer, header: RequestHeader): void {
  if (target.length < HEADER_SIZE)
    throw new ProtocolError("the buffer is too small for a request header", target.length);
  target.fill(0, 0, HEADER_SIZE);
  target.writeUInt32LE(header.size, SIZE_AT);
  target[COMMAND_AT] = FRAME_COMMAND.request;
  const view = new DataView(target.buffer, target.byteOffset, HEADER_SIZE);
  setU128(view, CLIENT_AT, header.client);
  if (header.requestChecksum !== 0n) setU128(view, REQUEST_CHECKSUM_AT, header.requestChecksum);
  setU64(view, REQUEST_AT, header.request);
  target[OPERATION_AT] = header.operation;
  setU64(view, SESSION_AT, header.session);
  target.writeUInt32LE(header.code, CODE_AT);
}

function setU128(view: DataView, at: number, value: bigint): void {
  setU64(view, at, BigInt.asUintN(64, value));
  setU64(view, at + 8, value >> 64n);
}

/** As `writeBigUInt64LE`, which takes the number apart byte by byte. */
function setU64(view: DataView, at: number, value: bigint): void {
  if (BigInt.asUintN(64, value) !== value) throw new ProtocolError(`${value} does not fit 64 bits`, at);
  view.setBigUint64(at, value, true);
}

/** Throws {@link ProtocolError} when `buffer` does not start with the header of a client's frame. */
export function decodeRequestHeader(buffer: Buffer): RequestHeader {
  expectHeader(buffer, FRAME_COMMAND.request, "request");
  return {
    size: checkedFrameSize(buffer),
    client: readU128(buffer, CLIENT_AT),
    requestChecksum: readU128(buffer, REQUEST_CHECKSUM_AT),
    request: buffer.readBigUInt64LE(REQUEST_AT),
    operation: buffer[OPERATION_AT]!,
    session: buffer.readBigUInt64LE(SESSION_AT),
    code: buffer.readUInt32LE(CODE_AT),
  };
}

/** Who sends a request: the client id, the session of its login (0 before) and the number of this request. */
export interface RequestSession {
  readonly client: bigint;
  readonly session: bigint;
  readonly request: bigint;
}

/** Fills the session fields of an already encoded request frame, for frames built before their number is known. */
export function stampRequest(frame: Buffer, { client, session, request }: RequestSession): void {
  expectHeader(frame, FRAME_COMMAND.request, "request");
  writeU128(frame, client, CLIENT_AT);
  frame.writeBigUInt64LE(request, REQUEST_AT);
  frame.writeBigUInt64LE(session, SESSION_AT);
}
