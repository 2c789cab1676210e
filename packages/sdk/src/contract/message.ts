import type { Headers, HeaderValue } from "@iggy-connectors/protocol";

export type { Headers, HeaderValue };

/** Every format of a stream's messages, as the original spells them. */
export const SCHEMAS = ["json", "raw", "text", "proto", "flat_buffer", "avro"] as const;
/** The format of a stream's messages, or of one value. */
export type Schema = (typeof SCHEMAS)[number];

/** Any JSON value. Integers beyond 2⁵³ are `bigint`, so that no digit is lost. */
export type JsonValue = null | boolean | number | bigint | string | JsonValue[] | { [key: string]: JsonValue };

/** One partition of one topic, by the names of the configuration. */
export interface PartitionRef {
  readonly stream: string;
  readonly topic: string;
  readonly partition: number;
}

/**
 * A light view of one message of a batch; every field is read on access. Valid as long as its batch: until `consume`
 * returns, or `flush` where the sink has it. Its memory is used again afterwards; copy what you keep.
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
  /** The message's bytes in the batch's schema: the original ones unless a transform changed it or the stream's schema is another. */
  readonly payload: Uint8Array;
  /** Decoded by the schema, cached. `json`: a JsonValue; `text`: a string; `raw`: the payload. */
  readonly value: Value;
}

/** Messages of one partition, in offset order: those that are to be delivered (decoded, transformed, not filtered). */
export interface MessageBatch<Value = unknown> extends Iterable<Message<Value>>, PartitionRef {
  /** Number of messages to deliver. */
  readonly length: number;
  /**
   * What payloads and values are, after the last transform. Streams of protobuf, Avro and FlatBuffers come as `json`: their
   * values are decoded by their schemas, and payloads are the JSON of them.
   */
  readonly schema: Schema;
  /**
   * How many consumed messages these were made of: less than `length` where a transform made several of one. Those share
   * their offset and stand side by side; rejecting one of them rejects the message they were made of.
   */
  readonly consumed: number;
  /** First and last offset among the messages to deliver. */
  readonly firstOffset: bigint;
  readonly lastOffset: bigint;
  /** Newest offset of the partition at poll time. */
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
   * All payloads as lines: each followed by a line feed, in one buffer made with one allocation. A payload that holds a
   * line break is re-encoded when the schema is `json` (so that no payload can forge a line) and refused with
   * `RejectedError` otherwise.
   */
  toLines(): Uint8Array<ArrayBuffer>;
  /** A part of this batch, for sinks that must split a request. */
  slice(start: number, end: number): MessageBatch<Value>;
}
