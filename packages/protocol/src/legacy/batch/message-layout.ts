/*
 * Message, 64 bytes + payload + user headers
 *    0 u64  checksum            sent 0; polled XXH3-64 of the message from byte 8 to its end
 *    8 u128 id                  sent 0: the server draws one
 *   24 u64  offset              sent 0
 *   32 u64  timestamp           sent 0; polled the time of the append, µs, one for the whole batch
 *   40 u64  origin timestamp    producer time, µs; any value is kept
 *   48 u32  user headers length
 *   52 u32  payload length
 *   56 u64  reserved, written 0; servers store any value unchecked
 *   64      payload, then user headers
 *
 * A send has an index table before its messages, one entry of 16 bytes per message:
 *    0 u32 0    4 u32 end of the message, from the start of the first    8 u64 0
 */
export const MESSAGE_HEADER_SIZE = 64;
export const CHECKSUM_AT = 0;
export const ID_AT = 8;
export const OFFSET_AT = 24;
export const TIMESTAMP_AT = 32;
export const ORIGIN_TIMESTAMP_AT = 40;
export const HEADERS_LENGTH_AT = 48;
export const PAYLOAD_LENGTH_AT = 52;

export const INDEX_ENTRY_SIZE = 16;
export const INDEX_POSITION_AT = 4;
export const INDEX_TIMESTAMP_AT = 8;
