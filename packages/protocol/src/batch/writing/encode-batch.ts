import { ProtocolError } from "../../errors.ts";
import type { RequestSession } from "../../frames/request-header.ts";
import { FRAME_HEADER_SIZE } from "../record-layout.ts";
import { BatchWriter } from "./batch-writer.ts";
import { type OutgoingMessages, OutgoingRanges } from "./outgoing-ranges.ts";
import type { SendTarget, SendWriter } from "./send-writer.ts";

/** Estimated bytes of one header that is not encoded yet; the buffer grows where it is too little. */
const GUESSED_HEADER_SIZE = 64;

/** Messages to send and where to. */
export interface SendRequest extends SendTarget {
  readonly messages: OutgoingMessages;
}

/**
 * One batch record. `now` (µs) is the producer time of messages that have none; ids that are 0 or absent become random.
 * Throws {@link ProtocolError} naming the message when one is empty, too large or too far away in time.
 */
export function encodeBatch(messages: OutgoingMessages, now: number): Buffer {
  return fill(writerFor(messages), messages).finishRecord(now);
}

/**
 * A whole send frame: header, metadata and record in one buffer, every payload copied once. Without `session` its
 * session fields are 0 until `stampRequest` fills them. `writer` is empty, and the frame a view of its memory; default: a
 * new one. Throws as {@link encodeBatch}.
 */
export function encodeSendMessages(
  request: SendRequest,
  now: number,
  session?: RequestSession,
  writer: BatchWriter = writerFor(request.messages),
): Buffer {
  return fill(writer, request.messages).finishSend(request, now, session);
}

/** An empty writer with room for these messages. Throws when there are none. */
export function writerFor(messages: OutgoingMessages): BatchWriter {
  return new BatchWriter(encodedSize(messages, FRAME_HEADER_SIZE), messages.length);
}

function fill(writer: BatchWriter, messages: OutgoingMessages): BatchWriter {
  return messages instanceof OutgoingRanges ? writer.addRanges(messages) : addAll(writer, messages);
}

export function addAll<Writer extends SendWriter>(writer: Writer, messages: OutgoingMessages): Writer {
  for (const message of messages) writer.add(message.payload, message);
  return writer;
}

/** About how many bytes these messages have, each with a header of its own. Throws when there are none. */
export function encodedSize(messages: OutgoingMessages, messageHeaderSize: number): number {
  if (messages.length === 0) throw new ProtocolError("a batch has at least one message");
  if (messages instanceof OutgoingRanges) return messages.length * messageHeaderSize + messages.bytes;
  let size = 0;
  for (const { payload, headersBytes, headers } of messages) {
    size += messageHeaderSize + payload.length;
    if (headersBytes !== undefined) size += headersBytes.length;
    else if (headers !== undefined) size += headers.length * GUESSED_HEADER_SIZE;
  }
  return size;
}
