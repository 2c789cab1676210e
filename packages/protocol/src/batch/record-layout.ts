/*
 * A record is one stored batch: a header, then its message frames back to back. A send carries exactly one record,
 * a poll reply any number.
 *
 * Record header, 256 bytes          0 at the producer    set by the server on append
 *    0 u64 partition id             yes                  yes
 *    8 u64 base offset              yes                  offset of the first message
 *   16 u64 base timestamp           yes                  time of the append, µs
 *   24 u64 origin timestamp         lowest producer time of the batch, µs
 *   32 u64 batch length             256 + all frames
 *   40 u64 batch checksum           XXH3-64 of bytes [0, 40), [48, 52), then the 8 checksum bytes of every frame
 *   48 u32 message count
 *   52 204 reserved, zero
 *
 * Message frame, 48 bytes + payload + user headers
 *    0 u64  checksum                XXH3-64 of the frame from byte 8 to its end
 *    8 u128 id
 *   24 u32  offset delta            message offset = base offset + delta; 0, 1, 2 … in a sent batch
 *   28 u32  timestamp delta         producer time = origin timestamp + delta
 *   32 u32  user headers length
 *   36 u32  payload length
 *   40 u64  reserved, zero
 *   48      payload, then user headers
 *
 * A record in a poll reply may be a slice of a stored one: length, count and checksum describe the slice, base offset
 * stays, and the first delta is then greater than 0.
 */
/* Poll response: partition u32, current offset u64, number of messages u32, then records back to back. */
export const POLL_PREFIX_SIZE = 16;

export const RECORD_HEADER_SIZE = 256;
export const PARTITION_AT = 0;
export const BASE_OFFSET_AT = 8;
export const BASE_TIMESTAMP_AT = 16;
export const ORIGIN_TIMESTAMP_AT = 24;
export const LENGTH_AT = 32;
export const CHECKSUM_AT = 40;
export const COUNT_AT = 48;
export const RESERVED_AT = 52;

export const FRAME_HEADER_SIZE = 48;
export const FRAME_ID_AT = 8;
export const FRAME_OFFSET_DELTA_AT = 24;
export const FRAME_TIMESTAMP_DELTA_AT = 28;
export const FRAME_HEADERS_LENGTH_AT = 32;
export const FRAME_PAYLOAD_LENGTH_AT = 36;
export const FRAME_RESERVED_AT = 40;

/** A view for fast little-endian access to the same memory. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Whether the reserved bytes of the record header at `at` are zero. */
export function reservedIsZero(view: DataView, at: number): boolean {
  let bits = 0;
  for (let i = at + RESERVED_AT; i < at + RECORD_HEADER_SIZE; i += 4) bits |= view.getInt32(i, true);
  return bits === 0;
}
