import { ProtocolError } from "../errors.ts";
import type { ReceivedFrames } from "./received-frames.ts";

/**
 * Recomputes the checksum of every message and of every batch of a poll, which decoding leaves out.
 * Throws {@link ProtocolError} with code 4027 or 4039 that names the partition and the offset of the first that differs.
 */
export function verifyFrames(frames: ReceivedFrames): void {
  const corruption = frames.findCorruption();
  if (corruption === undefined) return;
  const { kind, offset, code } = corruption;
  const what = kind === "message" ? `offset ${offset}: the message` : `batch at offset ${offset}: the batch`;
  throw new ProtocolError(`partition ${frames.partition}, ${what} does not match its checksum`, undefined, code);
}
