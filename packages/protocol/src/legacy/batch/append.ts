import { stampFrameChecksums } from "../../batch/checksums.ts";
import { viewOf } from "../../batch/record-layout.ts";
import { drawMissingIds } from "../../batch/writing/message-ids.ts";
import { MAX_PAYLOAD_SIZE } from "../../batch/writing/message-limits.ts";
import { MAX_HEADERS_SIZE } from "../../headers/block.ts";
import {
  HEADERS_LENGTH_AT,
  INDEX_ENTRY_SIZE,
  INDEX_POSITION_AT,
  INDEX_TIMESTAMP_AT,
  MESSAGE_HEADER_SIZE,
  OFFSET_AT,
  PAYLOAD_LENGTH_AT,
  TIMESTAMP_AT,
} from "./message-layout.ts";

const INVALID_COMMAND = 3;
const INVALID_MESSAGES_COUNT = 4009;
const TOO_BIG_USER_HEADERS = 4017;
const TOO_BIG_MESSAGE_PAYLOAD = 4022;
const NON_ZERO_OFFSET = 4031;
const NON_ZERO_TIMESTAMP = 4032;
const MISSING_INDEX = 4033;
const INVALID_MESSAGES_SIZE = 4036;

/** Messages that may be stored: everything in them was checked. */
export interface AppendableMessages {
  readonly ok: true;
  /** The messages without their index table, a view. */
  readonly messages: Buffer;
  /** Where each message starts in `messages`; the element after the last is their end. */
  readonly starts: Uint32Array;
}

/** Why a send may not be stored, with the error code to answer. */
export interface RefusedMessages {
  readonly ok: false;
  readonly code: number;
  readonly reason: string;
}

/** Checks the index table and messages of a legacy send as a 0.8 server does, but for the index of the last message. */
export function decodeMessagesForAppend(batch: Buffer, count: number): AppendableMessages | RefusedMessages {
  if (count === 0) return refuse(INVALID_MESSAGES_COUNT, "a send has at least one message");
  const tableSize = count * INDEX_ENTRY_SIZE;
  if (tableSize > batch.length) return refuse(INVALID_COMMAND, `index of ${count} messages in ${batch.length} bytes`);
  const messages = batch.subarray(tableSize);
  if (count * MESSAGE_HEADER_SIZE > messages.length) {
    return refuse(MISSING_INDEX, `${count} messages in ${messages.length} bytes`);
  }
  const table = viewOf(batch);
  const view = viewOf(messages);
  const starts = new Uint32Array(count + 1);
  let at = 0;
  for (let i = 0; i < count; i++) {
    const entry = i * INDEX_ENTRY_SIZE;
    if (table.getUint32(entry, true) !== 0) return refuse(NON_ZERO_OFFSET, `message ${i}: its index has an offset`);
    if (table.getBigUint64(entry + INDEX_TIMESTAMP_AT, true) !== 0n) {
      return refuse(NON_ZERO_TIMESTAMP, `message ${i}: its index has a timestamp`);
    }
    if (messages.length - at < MESSAGE_HEADER_SIZE) return refuse(MISSING_INDEX, `message ${i} is cut short`);
    const payloadSize = view.getUint32(at + PAYLOAD_LENGTH_AT, true);
    const headersSize = view.getUint32(at + HEADERS_LENGTH_AT, true);
    if (payloadSize > MAX_PAYLOAD_SIZE) {
      return refuse(TOO_BIG_MESSAGE_PAYLOAD, `message ${i}: payload has ${payloadSize} bytes`);
    }
    if (headersSize > MAX_HEADERS_SIZE) {
      return refuse(TOO_BIG_USER_HEADERS, `message ${i}: user headers have ${headersSize} bytes`);
    }
    const end = at + MESSAGE_HEADER_SIZE + payloadSize + headersSize;
    if (end > messages.length) return refuse(MISSING_INDEX, `message ${i} is cut short`);
    if (i < count - 1 && table.getUint32(entry + INDEX_POSITION_AT, true) !== end) {
      return refuse(MISSING_INDEX, `message ${i}: its index does not say where it ends`);
    }
    starts[i] = at;
    at = end;
  }
  if (at !== messages.length) return refuse(INVALID_MESSAGES_SIZE, `${messages.length - at} surplus bytes in a send`);
  starts[count] = at;
  return { ok: true, messages, starts };
}

function refuse(code: number, reason: string): RefusedMessages {
  return { ok: false, code, reason };
}

/**
 * Fills in what a server decides on append, in place: offsets from `baseOffset` on, one time (µs since the Unix epoch)
 * for all, a random id where there is none, and the checksums.
 */
export function stampMessages({ messages, starts }: AppendableMessages, baseOffset: bigint, timestamp: bigint): void {
  const view = viewOf(messages);
  const count = starts.length - 1;
  for (let i = 0; i < count; i++) {
    view.setBigUint64(starts[i]! + OFFSET_AT, baseOffset + BigInt(i), true);
    view.setBigUint64(starts[i]! + TIMESTAMP_AT, timestamp, true);
  }
  drawMissingIds(view, starts, count, count);
  stampFrameChecksums(messages, starts, count);
}
