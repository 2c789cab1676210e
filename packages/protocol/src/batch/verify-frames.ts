import { ProtocolError } from "../errors.ts";
import { asBuffer } from "../primitives/reader.ts";
import { indexRecord } from "./append.ts";
import { batchChecksumMatches, findBadFrame } from "./checksums.ts";
import { POLL_PREFIX_SIZE } from "./index-frames.ts";
import type { MessageFrames } from "./message-frames.ts";
import { BASE_OFFSET_AT, LENGTH_AT } from "./record-layout.ts";

const INVALID_MESSAGE_CHECKSUM = 4027;
const INVALID_BATCH_CHECKSUM = 4039;

/**
 * Recomputes the checksum of every message and of every batch of a poll response, which `indexFrames` leaves out.
 * Throws {@link ProtocolError} with code 4027 or 4039 that names the partition and the offset of the first that differs.
 */
export function verifyFrames(frames: MessageFrames): void {
  const { partition } = frames;
  const buffer = asBuffer(frames.buffer);
  let index = 0;
  for (let at = POLL_PREFIX_SIZE; at < buffer.length; ) {
    const record = buffer.subarray(at, at + buffer.readUInt32LE(at + LENGTH_AT));
    const starts = indexRecord(record);
    const count = starts.length - 1;
    const bad = findBadFrame(record, starts, count);
    if (bad !== -1) {
      const place = `partition ${partition}, offset ${frames.offset(index + bad)}`;
      throw new ProtocolError(
        `${place}: the message does not match its checksum`,
        at + starts[bad]!,
        INVALID_MESSAGE_CHECKSUM,
      );
    }
    if (!batchChecksumMatches(record, starts, count)) {
      const place = `partition ${partition}, batch at offset ${record.readBigUInt64LE(BASE_OFFSET_AT)}`;
      throw new ProtocolError(`${place}: the batch does not match its checksum`, at, INVALID_BATCH_CHECKSUM);
    }
    index += count;
    at += record.length;
  }
}
