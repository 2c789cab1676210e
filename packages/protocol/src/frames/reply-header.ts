import { ProtocolError } from "../errors.ts";
import { checkedFrameSize, expectHeader } from "./frame-size.ts";
import { COMMAND_AT, FRAME_COMMAND, HEADER_SIZE, readU128, SIZE_AT, writeU128 } from "./header-layout.ts";

/*
 * Reply header, 256 bytes; what is not named is zero here, and not checked by clients.
 *   48 u32  size            128 u128 request checksum  176 u64 op         208 u8  operation
 *   60 u8   command (8)     160 u128 client            184 u64 commit     216 u32 status
 *                                                      192 u64 timestamp
 *                                                      200 u64 request
 */
const REQUEST_CHECKSUM_AT = 128;
const CLIENT_AT = 160;
const OP_AT = 176;
const COMMIT_AT = 184;
const TIMESTAMP_AT = 192;
const REQUEST_AT = 200;
const OPERATION_AT = 208;
const STATUS_AT = 216;

export interface ReplyHeader {
  /** Size of the whole frame. */
  readonly size: number;
  /** Echo of the request's. */
  readonly requestChecksum: bigint;
  readonly client: bigint;
  /** Log position of the operation, or the session. */
  readonly op: bigint;
  /** Position of the metadata log in replies to register, logout and metadata operations. */
  readonly commit: bigint;
  /** Server time in microseconds on committed replies, else 0. */
  readonly timestamp: bigint;
  /** Echo of the request's number. */
  readonly request: bigint;
  /** Operation of the request, or the internal one it became; decides whether a result section follows. */
  readonly operation: number;
  /** 0 or an error code; an error has an empty body. */
  readonly status: number;
}

/** Writes the 256 bytes at the start of `target`. */
export function encodeReplyHeader(target: Buffer, header: ReplyHeader): void {
  if (target.length < HEADER_SIZE) throw new ProtocolError("the buffer is too small for a reply header", target.length);
  target.fill(0, 0, HEADER_SIZE);
  target.writeUInt32LE(header.size, SIZE_AT);
  target[COMMAND_AT] = FRAME_COMMAND.reply;
  writeU128(target, header.requestChecksum, REQUEST_CHECKSUM_AT);
  writeU128(target, header.client, CLIENT_AT);
  target.writeBigUInt64LE(header.op, OP_AT);
  target.writeBigUInt64LE(header.commit, COMMIT_AT);
  target.writeBigUInt64LE(header.timestamp, TIMESTAMP_AT);
  target.writeBigUInt64LE(header.request, REQUEST_AT);
  target[OPERATION_AT] = header.operation;
  target.writeUInt32LE(header.status, STATUS_AT);
}

/** Throws {@link ProtocolError} when `buffer` does not start with a reply header. */
export function decodeReplyHeader(buffer: Buffer): ReplyHeader {
  expectHeader(buffer, FRAME_COMMAND.reply, "reply");
  return {
    size: checkedFrameSize(buffer),
    requestChecksum: readU128(buffer, REQUEST_CHECKSUM_AT),
    client: readU128(buffer, CLIENT_AT),
    op: buffer.readBigUInt64LE(OP_AT),
    commit: buffer.readBigUInt64LE(COMMIT_AT),
    timestamp: buffer.readBigUInt64LE(TIMESTAMP_AT),
    request: buffer.readBigUInt64LE(REQUEST_AT),
    operation: buffer[OPERATION_AT]!,
    status: buffer.readUInt32LE(STATUS_AT),
  };
}

/** What a client reads of a reply's header. */
export type ReplyHead = Pick<ReplyHeader, "commit" | "request" | "operation" | "status">;

/** The part of {@link decodeReplyHeader} that every answer is read for: big integers that nobody looks at are not made. */
export function decodeReplyHead(buffer: Buffer): ReplyHead {
  expectHeader(buffer, FRAME_COMMAND.reply, "reply");
  checkedFrameSize(buffer);
  const view = new DataView(buffer.buffer, buffer.byteOffset, HEADER_SIZE);
  return {
    commit: view.getBigUint64(COMMIT_AT, true),
    request: view.getBigUint64(REQUEST_AT, true),
    operation: buffer[OPERATION_AT]!,
    status: view.getUint32(STATUS_AT, true),
  };
}
