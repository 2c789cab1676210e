import { ProtocolError } from "../../errors.ts";
import type { ChecksumDepth, ReceivedFrames } from "./received-frames.ts";

/**
 * Recomputes the checksums of a poll, by default of every message and every batch, which decoding leaves out. Throws
 * {@link ProtocolError} with code 4027 or 4039 that names the partition and the offset of the first that differs.
 */
export function verifyFrames(frames: ReceivedFrames, depth?: ChecksumDepth): void {
  const corruption = frames.findCorruption(depth);
  if (corruption === undefined) return;
  const { kind, offset, code } = corruption;
  const what = kind === "message" ? `offset ${offset}: the message` : `batch at offset ${offset}: the batch`;
  throw new ProtocolError(`partition ${frames.partition}, ${what} does not match its checksum`, undefined, code);
}
