import { ProtocolError } from "../../errors.ts";
import { MAX_HEADERS_SIZE } from "../../headers/block.ts";

/** Largest payload of one message that official clients send and accept, in bytes. */
export const MAX_PAYLOAD_SIZE = 64_000_000;

/** Largest distance between the producer times of one batch, in microseconds: about 71.6 minutes. */
export const MAX_TIMESTAMP_SPREAD = 0xffff_ffff;

const TOO_BIG_USER_HEADERS = 4017;
const TOO_BIG_MESSAGE_PAYLOAD = 4022;
const EMPTY_MESSAGE_PAYLOAD = 4024;

const MAX_ID = (1n << 128n) - 1n;

/** Refuses what official clients refuse and what the wire cannot carry; `index` names the message. */
export function checkMessage(
  index: number,
  payload: Uint8Array,
  headersSize: number,
  timestamp: number,
  id: bigint | undefined,
): void {
  if (!(payload instanceof Uint8Array)) throw new ProtocolError(`message ${index}: payload is not a Uint8Array`);
  checkSizes(index, payload.length, headersSize);
  checkTimestamp(index, timestamp);
  if (id !== undefined) checkId(index, id);
}

export function checkSizes(index: number, payloadSize: number, headersSize: number): void {
  if (payloadSize === 0)
    throw new ProtocolError(`message ${index}: payload is empty`, undefined, EMPTY_MESSAGE_PAYLOAD);
  if (payloadSize > MAX_PAYLOAD_SIZE) {
    const limit = `message ${index}: payload has ${payloadSize} bytes, at most ${MAX_PAYLOAD_SIZE} are allowed`;
    throw new ProtocolError(limit, undefined, TOO_BIG_MESSAGE_PAYLOAD);
  }
  if (headersSize > MAX_HEADERS_SIZE) {
    const limit = `message ${index}: user headers have ${headersSize} bytes, at most ${MAX_HEADERS_SIZE} are allowed`;
    throw new ProtocolError(limit, undefined, TOO_BIG_USER_HEADERS);
  }
}

/** NaN: the message has none. */
export function checkTimestamp(index: number, timestamp: number): void {
  if (Number.isNaN(timestamp) || (Number.isSafeInteger(timestamp) && timestamp >= 0)) return;
  throw new ProtocolError(`message ${index}: timestamp ${timestamp} is not a count of microseconds`);
}

export function checkId(index: number, id: bigint): void {
  if (id < 0n || id > MAX_ID) throw new ProtocolError(`message ${index}: id ${id} is not an unsigned 128-bit number`);
}
