import type { ProducedMessage } from "./source.ts";

/**
 * Messages whose payloads lie in one buffer, described by columns: for sources of many small messages, since neither the source nor the runtime
 * makes anything per message. Columns have an element for each message, or more, which are not looked at.
 */
export interface PackedMessages extends Pick<ProducedMessage, "key" | "partition" | "stream" | "headers"> {
  readonly length: number;
  /** Must not change before the batch has ended: when `poll` is given it as `spent`, or the source is closed. */
  readonly bytes: Uint8Array;
  /** Offsets in `bytes` where each payload begins, and where it ends. There may be anything between payloads, and they may overlap. */
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  /** The low and the high 64 bits of each message's id, two elements a message; both 0: it has none. Absent: none has. */
  readonly ids?: BigUint64Array | undefined;
  /** Origin time of each message, microseconds since the Unix epoch; `NaN`: it has none. Absent: none has. */
  readonly timestamps?: Float64Array | undefined;
}

/** What a source produces: an object for each message, or columns for all of them. */
export type ProducedMessages<Value = unknown> = readonly ProducedMessage<Value>[] | PackedMessages;

export function isPacked(messages: ProducedMessages): messages is PackedMessages {
  return !Array.isArray(messages);
}

/** The message at `index`, which is 0 … length − 1. The payload of a packed one is a view. */
export function messageAt<Value>(messages: ProducedMessages<Value>, index: number): ProducedMessage<Value> {
  if (!isPacked(messages)) return messages[index]!;
  const { bytes, starts, ends, ids, timestamps, key, partition, stream, headers } = messages;
  const id = ids === undefined ? 0n : (ids[2 * index + 1]! << 64n) | ids[2 * index]!;
  const timestamp = timestamps?.[index] ?? Number.NaN;
  return {
    payload: bytes.subarray(starts[index]!, ends[index]!),
    ...(id === 0n ? {} : { id }),
    ...(Number.isNaN(timestamp) ? {} : { timestamp }),
    ...(key === undefined ? {} : { key }),
    ...(partition === undefined ? {} : { partition }),
    ...(stream === undefined ? {} : { stream }),
    ...(headers === undefined ? {} : { headers }),
  };
}

/** The messages with an object for each: those of a list as they are. */
export function messageList<Value>(messages: ProducedMessages<Value>): readonly ProducedMessage<Value>[] {
  if (!isPacked(messages)) return messages;
  return Array.from({ length: messages.length }, (_, index) => messageAt(messages, index));
}
