import type { ReceivedFrames } from "../../batch/reading/received-frames.ts";
import { viewOf } from "../../batch/record-layout.ts";
import { ProtocolError } from "../../errors.ts";
import { LegacyFrames } from "./legacy-frames.ts";
import {
  HEADERS_LENGTH_AT,
  MESSAGE_HEADER_SIZE,
  OFFSET_AT,
  PAYLOAD_LENGTH_AT,
  TIMESTAMP_AT,
} from "./message-layout.ts";

/* poll response: partition u32, current_offset u64, message count u32, then messages back to back */
export const POLL_PREFIX_SIZE = 16;
const POLL_COUNT_AT = 12;

/** High word of the largest safe integer: 2²¹ − 1. */
const MAX_SAFE_HIGH = 0x1f_ffff;

/**
 * Indexes the messages of a legacy poll response without making an object per message. Checked here, because later
 * access relies on it: lengths, the count, ascending offsets, and broker times that are safe integers. Reserved bytes
 * are not looked at: servers store whatever a producer put there.
 * Throws {@link ProtocolError} with the place of the first fault.
 */
export function indexMessages(body: Buffer): ReceivedFrames {
  if (body.length < POLL_PREFIX_SIZE) throw new ProtocolError("poll response is cut short", body.length);
  const view = viewOf(body);
  const total = view.getUint32(POLL_COUNT_AT, true);
  if (total * MESSAGE_HEADER_SIZE > body.length) {
    throw new ProtocolError(`${total} messages announced in ${body.length} bytes`, POLL_COUNT_AT);
  }
  const starts = new Uint32Array(total + 1);
  let at = POLL_PREFIX_SIZE;
  let previousLow = -1;
  let previousHigh = 0;
  for (let i = 0; i < total; i++) {
    const end = endOfMessage(view, at, body.length);
    const low = view.getUint32(at + OFFSET_AT, true);
    const high = view.getUint32(at + OFFSET_AT + 4, true);
    if (high < previousHigh || (high === previousHigh && low <= previousLow)) {
      throw new ProtocolError("offsets do not ascend from message to message", at + OFFSET_AT);
    }
    if (view.getUint32(at + TIMESTAMP_AT + 4, true) > MAX_SAFE_HIGH) {
      throw new ProtocolError("broker time beyond 2⁵³ µs", at + TIMESTAMP_AT);
    }
    previousLow = low;
    previousHigh = high;
    starts[i] = at;
    at = end;
  }
  if (at !== body.length) throw new ProtocolError(`${body.length - at} surplus bytes after ${total} messages`, at);
  starts[total] = at;
  return new LegacyFrames(body, view, starts);
}

/** Where the message at `at` ends; throws when it does not lie before `limit`. */
function endOfMessage(view: DataView, at: number, limit: number): number {
  const left = limit - at - MESSAGE_HEADER_SIZE;
  if (left < 0) throw new ProtocolError("message is cut short", at);
  const size = view.getUint32(at + PAYLOAD_LENGTH_AT, true) + view.getUint32(at + HEADERS_LENGTH_AT, true);
  if (size > left) throw new ProtocolError(`message of ${size} bytes, ${left} are left`, at);
  return at + MESSAGE_HEADER_SIZE + size;
}
