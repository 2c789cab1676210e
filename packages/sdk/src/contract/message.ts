import type { Headers, HeaderValue } from "@iggy-connectors/protocol";

export type { Headers, HeaderValue };

/** Every format of a stream's messages, as the original spells them. */
export const SCHEMAS = ["json", "raw", "text", "proto", "flat_buffer", "avro"] as const;
/** The format of a stream's messages, or of one value. */
export type Schema = (typeof SCHEMAS)[number];

/**
 * Any JSON value. Integers beyond 2⁵³ are `bigint`, other numbers doubles. Objects and arrays that were read remember the texts of numbers
 * that print differently (`1.10`), for `stringifyJson`, `numberText` and `exactAt`.
 */
export type JsonValue = null | boolean | number | bigint | string | JsonValue[] | { [key: string]: JsonValue };

/** One partition of one topic, by the names in the configuration. */
export interface PartitionRef {
  readonly stream: string;
  readonly topic: string;
  readonly partition: number;
  /**
   * Names the log that the offsets count in; opaque, at most 64 characters of ASCII. Topic and partition keep their names when they
   * are deleted and created again, but their offsets begin again, too: two histories of one partition have nothing in common. Derived
   * from the ids and creation times that the server tells; absent when it tells none.
   */
  readonly history?: string | undefined;
  /**
   * Set where dead letters are delivered again, to an instance of the sink of its own: stream, topic, partition and offsets are those of
   * the messages' origin. They come in ascending offsets, but out of turn: what the sink has recorded of the partition neither
   * applies nor may be moved, and the sink of the partition itself may be writing at the same time.
   */
  readonly replay?: true | undefined;
}

/**
 * A view of one message of a batch; every field is read on access. It is valid as long as its batch: until `consume` returns, or
 * `flush` if the sink has it. The memory is reused afterwards; copy what you keep.
 */
export interface Message<Value = unknown> {
  readonly id: bigint;
  readonly offset: bigint;
  readonly checksum: bigint;
  /** Broker time, microseconds since the Unix epoch. */
  readonly timestamp: number;
  /** Producer time, microseconds since the Unix epoch. */
  readonly originTimestamp: number;
  readonly headers: Headers;
  /** The message's bytes in the batch's schema: the original bytes, unless a transform changed them or the stream has another schema. */
  readonly payload: Uint8Array;
  /** Decoded by the schema, cached. `json`: a JsonValue; `text`: a string; `raw`: the payload. */
  readonly value: Value;
}

/** The messages of one partition that are to be delivered, in offset order: decoded, transformed, not filtered. */
export interface MessageBatch<Value = unknown> extends Iterable<Message<Value>>, PartitionRef {
  /** Number of messages to deliver. */
  readonly length: number;
  /**
   * The format of payloads and values, after the last transform. Messages of protobuf, Avro and FlatBuffers streams arrive as `json`:
   * decoded by their schemas, with payloads that are the JSON of the values.
   */
  readonly schema: Schema;
  /**
   * Number of consumed messages that these were made of: less than `length` if a transform made several of one. Those share
   * their offset and are adjacent; rejecting one of them rejects the message that they were made of.
   */
  readonly consumed: number;
  /** First and last offset among the messages to deliver. */
  readonly firstOffset: bigint;
  readonly lastOffset: bigint;
  /** Newest offset of the partition when it was polled. */
  readonly currentOffset: bigint;
  /** Sum of the payloads' bytes. */
  readonly payloadBytes: number;
  /** The message at `index`, 0 … length − 1. */
  at(index: number): Message<Value>;
  /** The payload at `index` without making a message view. */
  payload(index: number): Uint8Array;
  /** The offset at `index` without making a message view. */
  offset(index: number): bigint;
  /** Broker and producer time at `index` without making a message view, microseconds since the Unix epoch. */
  timestamp(index: number): number;
  originTimestamp(index: number): number;
  /**
   * All payloads as lines, each followed by a line feed, in one buffer made with one allocation. A payload that contains a line break is
   * encoded again if the schema is `json`, so that no payload can forge a line; otherwise `RejectedError` (`IGC_SINK_LINE_BREAK`) is
   * thrown.
   */
  toLines(): Uint8Array<ArrayBuffer>;
  /** The messages `start` … `end` − 1, without copying, for sinks that have to split a request. Throws `RangeError`. */
  slice(start: number, end: number): MessageBatch<Value>;
}
