import { ProtocolError } from "../errors.ts";
import {
  BASE_OFFSET_AT,
  BASE_TIMESTAMP_AT,
  CHECKSUM_AT,
  COUNT_AT,
  LENGTH_AT,
  ORIGIN_TIMESTAMP_AT,
  PARTITION_AT,
  RECORD_HEADER_SIZE,
} from "./record-layout.ts";

/** The header of one batch record. Timestamps are microseconds since the Unix epoch. */
export interface RecordHeader {
  readonly partition: bigint;
  readonly baseOffset: bigint;
  readonly baseTimestamp: bigint;
  readonly originTimestamp: bigint;
  /** Bytes of the record, header included. */
  readonly length: number;
  readonly checksum: bigint;
  readonly count: number;
}

/** Reads the record header at `at`; throws when it is cut short or announces an impossible length. */
export function decodeRecordHeader(buffer: Buffer, at: number = 0): RecordHeader {
  if (at < 0 || buffer.length - at < RECORD_HEADER_SIZE) throw new ProtocolError("record header is cut short", at);
  const length = buffer.readBigUInt64LE(at + LENGTH_AT);
  if (length < RECORD_HEADER_SIZE || length > Number.MAX_SAFE_INTEGER) {
    throw new ProtocolError(`a record cannot have ${length} bytes`, at + LENGTH_AT);
  }
  return {
    partition: buffer.readBigUInt64LE(at + PARTITION_AT),
    baseOffset: buffer.readBigUInt64LE(at + BASE_OFFSET_AT),
    baseTimestamp: buffer.readBigUInt64LE(at + BASE_TIMESTAMP_AT),
    originTimestamp: buffer.readBigUInt64LE(at + ORIGIN_TIMESTAMP_AT),
    length: Number(length),
    checksum: buffer.readBigUInt64LE(at + CHECKSUM_AT),
    count: buffer.readUInt32LE(at + COUNT_AT),
  };
}
