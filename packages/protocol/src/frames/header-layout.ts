/** Every frame starts with a header of this many bytes. */
export const HEADER_SIZE = 256;

/** Largest frame a server accepts by default, header included: 64 MiB. */
export const MAX_FRAME_SIZE = 67_108_864;

/** Offset of the frame's total size (u32), the same in every header. */
export const SIZE_AT = 48;

/** Offset of the byte that tells the kinds of frames apart, the same in every header. */
export const COMMAND_AT = 60;

/** Kinds of frames that a client sends or receives. */
export const FRAME_COMMAND = { request: 5, reply: 8, eviction: 13 } as const;

export function readU128(buffer: Buffer, at: number): bigint {
  return (buffer.readBigUInt64LE(at + 8) << 64n) | buffer.readBigUInt64LE(at);
}

export function writeU128(buffer: Buffer, value: bigint, at: number): void {
  buffer.writeBigUInt64LE(BigInt.asUintN(64, value), at);
  buffer.writeBigUInt64LE(value >> 64n, at + 8);
}
