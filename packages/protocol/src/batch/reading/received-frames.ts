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

/**
 * How much of a poll is compared with its checksums. `batch`: the head of each batch and the list of its messages'
 * checksums, a few bytes per message; it tells lost, added or exchanged messages. `messages`: every byte, too.
 */
export type ChecksumDepth = "batch" | "messages";

/** Frames over the bytes of a poll, which can be compared with their checksums. */
export interface ReceivedFrames extends MessageFrames {
  /** What comparing everything found when the frames were indexed. Absent: it was not compared. */
  readonly arrival?: { readonly corruption: Corruption | undefined } | undefined;
  /**
   * Computes the checksums of the poll, by default of messages and batches, and compares. Servers do not: they check
   * what is sent to them, not what they answer. One pass over the buffer. Servers up to 0.8 have no checksums of
   * batches.
   * @returns the first fault, `undefined` when there is none.
   */
  findCorruption(depth?: ChecksumDepth): Corruption | undefined;
}

export function corruptMessage(frames: MessageFrames, index: number): Corruption {
  return { kind: "message", index, offset: frames.offset(index), code: 4027 };
}

export function corruptBatch(frames: MessageFrames, index: number): Corruption {
  return { kind: "batch", index, offset: frames.offset(index), code: 4039 };
}
