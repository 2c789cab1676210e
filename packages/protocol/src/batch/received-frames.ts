import type { MessageFrames } from "./message-frames.ts";

/** The first message of a poll whose bytes are not the ones that were checksummed, or the first batch. */
export interface Corruption {
  /** `batch`: every message is whole, but the batch checksum does not fit them and the record's header. */
  readonly kind: "message" | "batch";
  /** Index of the message, or of the first one of the batch. */
  readonly index: number;
  /** Its offset; a corrupt header may state a wrong one. */
  readonly offset: bigint;
  /** Iggy's error code: 4027 InvalidMessageChecksum, 4039 InvalidBatchChecksum. */
  readonly code: 4027 | 4039;
}

/** Frames over the bytes of a poll, which can be compared with their checksums. */
export interface ReceivedFrames extends MessageFrames {
  /**
   * Computes every checksum of the poll, messages and batches, and compares. Nobody else does: servers check what is
   * sent to them, not what they answer. One pass over the buffer.
   * @returns the first fault, `undefined` when there is none.
   */
  findCorruption(): Corruption | undefined;
}

export function corruptMessage(frames: MessageFrames, index: number): Corruption {
  return { kind: "message", index, offset: frames.offset(index), code: 4027 };
}

export function corruptBatch(frames: MessageFrames, index: number): Corruption {
  return { kind: "batch", index, offset: frames.offset(index), code: 4039 };
}
