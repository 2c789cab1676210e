import type { Codec } from "@iggy-connectors/codecs";
import type { Headers, MessageFrames } from "@iggy-connectors/protocol";
import type { MessageBatch, PartitionRef, Schema } from "@iggy-connectors/sdk";
import { createBatchPlan } from "@iggy-connectors/transforms";

export interface BatchOptions {
  /** Default `json`. */
  readonly schema?: Schema;
  /** For a schema that needs settings; it decides `schema`, too. */
  readonly codec?: Codec;
  /** Default TEST_PARTITION. */
  readonly ref?: PartitionRef;
  /** Offset of the first payload; the others follow. */
  readonly firstOffset?: bigint;
  /** Broker time of each message, microseconds since the Unix epoch; absent: one after the other. */
  readonly timestamps?: readonly number[];
  /** The same for every message. */
  readonly headers?: Headers;
}

/** The partition that batches of tests belong to unless they name another. */
export const TEST_PARTITION: PartitionRef = { stream: "orders", topic: "created", partition: 0 };

/** The batch that a sink is given when these payloads were polled. */
export function batchOf(payloads: readonly (string | Uint8Array)[], options: BatchOptions = {}): MessageBatch {
  const {
    codec,
    schema = codec?.schema ?? "json",
    ref = TEST_PARTITION,
    firstOffset = 0n,
    timestamps = [],
    headers = new Map(),
  } = options;
  return createBatchPlan({ schema, ...(codec === undefined ? {} : { codec }) }).run(
    framesOf(payloads, firstOffset, headers, timestamps),
    ref,
  ).batch;
}

/** Polled frames with these payloads: what `createBatchPlan` of the transforms package turns into a batch. */
export function framesOf(
  payloads: readonly (string | Uint8Array)[],
  firstOffset: bigint,
  headers: Headers,
  timestamps: readonly number[] = [],
): MessageFrames {
  const parts = payloads.map((payload) => (typeof payload === "string" ? Buffer.from(payload) : payload));
  const buffer = Buffer.concat(parts);
  const ends: number[] = [];
  for (const part of parts) ends.push((ends.at(-1) ?? 0) + part.length);
  const payloadStart = (index: number) => ends[index - 1] ?? 0;
  const payloadEnd = (index: number) => ends[index] ?? 0;
  return {
    buffer,
    partition: 0,
    currentOffset: firstOffset + BigInt(payloads.length) - 1n,
    length: payloads.length,
    offset: (index) => firstOffset + BigInt(index),
    id: (index) => BigInt(index) + 1n,
    checksum: () => 0n,
    timestamp: (index) => timestamps[index] ?? 1_700_000_000_000_000 + index,
    originTimestamp: (index) => 1_600_000_000_000_000 + index,
    payloadStart,
    payloadEnd,
    payload: (index) => buffer.subarray(payloadStart(index), payloadEnd(index)),
    headersBytes: () => new Uint8Array(0),
    headers: () => headers,
  };
}
