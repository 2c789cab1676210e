import { ProtocolError } from "../../errors.ts";
import type { ChecksumDepth, ReceivedFrames } from "./received-frames.ts";

/**
 * Verifies the checksums of a poll that has just arrived, by default of every message and every batch. What {@link indexVerified} has
 * compared is not compared again. Throws {@link ProtocolError} with code 4027 or 4039 that names the partition and the offset of the first that differs.
 */
export function verifyFrames(frames: ReceivedFrames, depth?: ChecksumDepth): void {
  const corruption = frames.arrival === undefined ? frames.findCorruption(depth) : frames.arrival.corruption;
  if (corruption === undefined) return;
  const { kind, offset, code } = corruption;
  const what = kind === "message" ? `offset ${offset}: the message` : `batch at offset ${offset}: the batch`;
  throw new ProtocolError(`partition ${frames.partition}, ${what} does not match its checksum`, undefined, code);
}
