import { type OutgoingMessage, type OutgoingMessages, OutgoingRanges } from "@iggy-connectors/protocol";

/** Bytes of a message's frame beside payload and headers. */
const FRAME_SIZE = 48;
/** Bytes guessed for a header that is not encoded yet. */
const HEADER_SIZE = 64;

/** The most that one request holds; a larger message is sent alone. */
export interface RequestLimits {
  readonly messages: number;
  readonly bytes: number;
}

/** About how many bytes a message has on the wire. */
export function messageBytes({ payload, headersBytes, headers }: OutgoingMessage): number {
  return FRAME_SIZE + payload.length + (headersBytes?.length ?? (headers?.length ?? 0) * HEADER_SIZE);
}

/** Index behind the last message of a request that begins with message `from`. */
export function requestEnd(messages: OutgoingMessages, from: number, limits: RequestLimits): number {
  let bytes = 0;
  let to = from;
  while (to < messages.length && to - from < limits.messages) {
    bytes += messages instanceof OutgoingRanges ? FRAME_SIZE + messages.bytesOf(to) : messageBytes(messages[to]!);
    if (to > from && bytes > limits.bytes) break;
    to += 1;
  }
  return to;
}
