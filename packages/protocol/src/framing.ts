import { ProtocolError } from "./errors.ts";

/** How a peer cuts its byte stream: frames with a 256-byte header, or the 8 bytes of servers up to 0.8. */
export type Framing = "vsr" | "legacy";

/** Bytes of a stream that tell its framing. */
export const FRAMING_PREFIX_SIZE = 4;

/**
 * The framing of a stream from its first bytes, for both sides. Every client and server of VSR leaves the checksum that
 * starts a frame 0; a legacy request starts with its length, and a legacy server answers a VSR ping with status 3.
 */
export function detectFraming(start: Uint8Array): Framing {
  if (start.length < FRAMING_PREFIX_SIZE) {
    throw new ProtocolError(`${FRAMING_PREFIX_SIZE} bytes tell the framing, found ${start.length}`, start.length);
  }
  return (start[0]! | start[1]! | start[2]! | start[3]!) === 0 ? "vsr" : "legacy";
}
