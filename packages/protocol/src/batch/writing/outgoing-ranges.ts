import type { OutgoingMessage } from "./outgoing-message.ts";

/** What {@link OutgoingRanges} are made of: columns with an element, or for ids two, for each message. */
export interface RangeColumns {
  /** The buffer that holds each payload, usually the same one for all. */
  readonly buffers: readonly Uint8Array[];
  /** Where each payload begins in its buffer, and where it ends. */
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  /** The low and the high half of each id; both 0: the encoder draws a random one. Absent: for all. */
  readonly ids?: BigUint64Array | undefined;
  /** Microseconds since the Unix epoch, or NaN for a message without one. */
  readonly timestamps?: Float64Array | undefined;
  /** Already encoded user headers. */
  readonly headersBytes?: readonly (Uint8Array | undefined)[] | undefined;
}

/**
 * Messages on their way to Iggy whose payloads are ranges of buffers, so that nothing is made per message. They are read
 * once more where a send has to be encoded again: the buffers must not change until the send has ended.
 */
export class OutgoingRanges implements Iterable<OutgoingMessage> {
  readonly length: number;
  readonly columns: RangeColumns;

  constructor(columns: RangeColumns) {
    this.length = columns.starts.length;
    this.columns = columns;
  }

  /** Bytes of a message's payload and headers. */
  bytesOf(index: number): number {
    const { starts, ends, headersBytes } = this.columns;
    return ends[index]! - starts[index]! + (headersBytes?.[index]?.length ?? 0);
  }

  /** Bytes of all payloads and headers. */
  get bytes(): number {
    let sum = 0;
    for (let index = 0; index < this.length; index++) sum += this.bytesOf(index);
    return sum;
  }

  /** The messages `from` … `to` − 1; nothing but references is copied. */
  slice(from: number, to: number): OutgoingRanges {
    if (from === 0 && to === this.length) return this;
    const { buffers, starts, ends, ids, timestamps, headersBytes } = this.columns;
    return new OutgoingRanges({
      buffers: buffers.slice(from, to),
      starts: starts.subarray(from, to),
      ends: ends.subarray(from, to),
      ids: ids?.subarray(2 * from, 2 * to),
      timestamps: timestamps?.subarray(from, to),
      headersBytes: headersBytes?.slice(from, to),
    });
  }

  /** The messages at these positions. */
  pick(positions: readonly number[]): OutgoingRanges {
    const { buffers, starts, ends, ids, timestamps, headersBytes } = this.columns;
    return new OutgoingRanges({
      buffers: positions.map((position) => buffers[position]!),
      starts: Uint32Array.from(positions, (position) => starts[position]!),
      ends: Uint32Array.from(positions, (position) => ends[position]!),
      ids: ids && BigUint64Array.from(positions.flatMap((at) => [ids[2 * at]!, ids[2 * at + 1]!])),
      timestamps: timestamps && Float64Array.from(positions, (position) => timestamps[position]!),
      headersBytes: headersBytes && positions.map((position) => headersBytes[position]),
    });
  }

  /** A message as an object of its own, whose payload is a view. */
  message(index: number): OutgoingMessage {
    const { buffers, starts, ends, ids, timestamps, headersBytes } = this.columns;
    const id = ids === undefined ? 0n : (ids[2 * index + 1]! << 64n) | ids[2 * index]!;
    const timestamp = timestamps?.[index] ?? Number.NaN;
    const block = headersBytes?.[index];
    return {
      payload: buffers[index]!.subarray(starts[index]!, ends[index]!),
      ...(id === 0n ? {} : { id }),
      ...(Number.isNaN(timestamp) ? {} : { timestamp }),
      ...(block === undefined ? {} : { headersBytes: block }),
    };
  }

  *[Symbol.iterator](): Generator<OutgoingMessage> {
    for (let index = 0; index < this.length; index++) yield this.message(index);
  }
}

/** What a send takes: messages each with an object of its own, or as ranges. */
export type OutgoingMessages = readonly OutgoingMessage[] | OutgoingRanges;
