import type { Headers } from "../../values/headers.ts";

/** Times, microseconds; the mean is as exact as a number can be. */
export interface TimeSpan {
  readonly lowest: number;
  readonly highest: number;
  readonly mean: number;
}

/**
 * The messages of one poll reply of one partition: the received buffer plus an index of where each message starts.
 * Nothing per message is allocated until asked for; payloads are views of the buffer.
 */
export interface MessageFrames {
  /** The whole received poll body; every view points into it. */
  readonly buffer: Uint8Array;
  readonly partition: number;
  /** Newest offset in the partition at poll time (0 also when it is empty). */
  readonly currentOffset: bigint;
  /** Number of messages. */
  readonly length: number;
  /** Strictly ascending in `index`; checked when the frames are indexed, because a server does not check them. */
  offset(index: number): bigint;
  id(index: number): bigint;
  checksum(index: number): bigint;
  /** Broker time, microseconds, checked to be a safe integer. */
  timestamp(index: number): number;
  /** Producer time, microseconds, checked to be a safe integer. */
  originTimestamp(index: number): number;
  /** Start and end of the payload in `buffer`, for callers that copy ranges without making a view. */
  payloadStart(index: number): number;
  payloadEnd(index: number): number;
  /** Size of the payloads of the messages `from` … `to` − 1 together. Absent: to be summed one by one. */
  payloadBytes?(from: number, to: number): number;
  /** Of the producer times of all messages. Undefined: they are to be read. */
  readonly originSpan?: TimeSpan | undefined;
  /** Writes the producer times of the messages `from` … `to` − 1 to the begin of `into`. Absent: to be read one by one. */
  originTimestamps?(from: number, to: number, into: Float64Array): void;
  payload(index: number): Uint8Array;
  /** Undecoded user headers; length 0 when there are none. */
  headersBytes(index: number): Uint8Array;
  /** Decoded user headers; throws `ProtocolError` when the bytes are not a header block. */
  headers(index: number): Headers;
}
