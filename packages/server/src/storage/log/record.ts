import { RECORD_HEADER_SIZE } from "@iggy-connectors/protocol";

// The 256-byte header of a record as it lies in the log, in a poll reply and in a send request.
// Offsets, lengths and timestamps are read as numbers: they stay far below 2⁵³ in a log that fits on a disk, and a
// value beyond is refused by `isRecordHeader` before it is used.

/** Frame header of a message; a record has at least one message. */
const MESSAGE_HEADER_SIZE = 48;
/** A record came in one frame, so it is smaller than the largest frame. */
const MAX_RECORD_SIZE = 67_108_864;

const HIGH = 2 ** 32;

function u64(buffer: Buffer, at: number): number {
  return buffer.readUInt32LE(at) + buffer.readUInt32LE(at + 4) * HIGH;
}

/** Offset of the record's first message. */
export function recordBaseOffset(buffer: Buffer, at: number): number {
  return u64(buffer, at + 8);
}

/** Broker time of the append, microseconds; the same for all messages of the record. */
export function recordTimestamp(buffer: Buffer, at: number): number {
  return u64(buffer, at + 16);
}

/** Bytes of the whole record, header included. */
export function recordLength(buffer: Buffer, at: number): number {
  return u64(buffer, at + 32);
}

export function recordCount(buffer: Buffer, at: number): number {
  return buffer.readUInt32LE(at + 48);
}

/** Whether a header that could stand in a log begins at `at`; says nothing about the frames behind it. */
export function isRecordHeader(buffer: Buffer, at: number): boolean {
  const length = recordLength(buffer, at);
  const count = recordCount(buffer, at);
  return (
    length <= MAX_RECORD_SIZE &&
    count > 0 &&
    length >= RECORD_HEADER_SIZE + count * MESSAGE_HEADER_SIZE &&
    Number.isSafeInteger(recordBaseOffset(buffer, at) + count) &&
    Number.isSafeInteger(recordTimestamp(buffer, at))
  );
}

/** How many messages from the record's `from`-th on fit in `maxBytes` of a slice; at least one. */
export function messagesThatFit(buffer: Buffer, at: number, from: number, maxBytes: number): number {
  const count = recordCount(buffer, at);
  let position = at + RECORD_HEADER_SIZE;
  let bytes = RECORD_HEADER_SIZE;
  let fitting = 0;
  for (let index = 0; index < count; index++) {
    const length = MESSAGE_HEADER_SIZE + buffer.readUInt32LE(position + 32) + buffer.readUInt32LE(position + 36);
    if (index >= from) {
      bytes += length;
      if (bytes > maxBytes && fitting > 0) return fitting;
      fitting++;
    }
    position += length;
  }
  return fitting;
}
