import { ProtocolError } from "../errors.ts";
import { COMMAND_AT, HEADER_SIZE, MAX_FRAME_SIZE, SIZE_AT } from "./header-layout.ts";

/** The kind of a frame, see `FRAME_COMMAND`. Needs the first 61 bytes. */
export function frameCommand(buffer: Buffer): number {
  if (buffer.length <= COMMAND_AT) throw new ProtocolError("a frame header has 256 bytes", buffer.length);
  return buffer[COMMAND_AT]!;
}

/**
 * The announced size of a frame; throws when it is outside of 256 bytes … `maxFrameSize`, so that it is never
 * allocated.
 */
export function checkedFrameSize(header: Buffer, maxFrameSize: number = MAX_FRAME_SIZE): number {
  const size = header.readUInt32LE(SIZE_AT);
  if (size < HEADER_SIZE || size > maxFrameSize) {
    throw new ProtocolError(`frame size ${size} is not within ${HEADER_SIZE} … ${maxFrameSize} bytes`, SIZE_AT);
  }
  return size;
}

/** How the first bytes of a frame tell its size. */
export interface FrameSizing {
  /** Bytes that tell the size; no frame is shorter. */
  readonly prefixSize: number;
  /** Bytes of the smallest frame. */
  readonly smallest: number;
  /** The size of the whole frame; throws {@link ProtocolError} when it is outside of `smallest` … `maxFrameSize`. */
  sizeOf(prefix: Buffer, maxFrameSize: number): number;
}

/** Frames with a 256-byte header. */
export const VSR_SIZING: FrameSizing = {
  prefixSize: SIZE_AT + 4,
  smallest: HEADER_SIZE,
  sizeOf: checkedFrameSize,
};

/** Checks that `buffer` starts with a whole header of the given kind. */
export function expectHeader(buffer: Buffer, command: number, kind: string): void {
  if (buffer.length < HEADER_SIZE) {
    throw new ProtocolError(`a frame header has ${HEADER_SIZE} bytes, found ${buffer.length}`, buffer.length);
  }
  const found = buffer[COMMAND_AT]!;
  if (found !== command) throw new ProtocolError(`command ${found} is not a ${kind}`, COMMAND_AT);
}
