import { POLL_PREFIX_SIZE } from "../batch/record-layout.ts";
import { HEADER_SIZE } from "../frames/header-layout.ts";
import { OPERATION } from "../frames/operations.ts";
import { type ReplyMeta, replyHeader } from "../frames/reply-frame.ts";
import { encodeReplyHeader } from "../frames/reply-header.ts";

/** What a server answers to a poll. */
export interface PollResponse {
  readonly partition: number;
  /** Offset of the newest message of the partition, 0 when it is empty. */
  readonly currentOffset: bigint;
  /** Messages in all records. */
  readonly count: number;
  readonly records: readonly Buffer[];
}

/**
 * A whole reply frame to a poll, as buffers to write one after the other: a header of our own, then the records
 * themselves, uncopied.
 */
export function encodePollResponse(
  { partition, currentOffset, count, records }: PollResponse,
  meta: ReplyMeta,
): Buffer[] {
  const head = Buffer.allocUnsafe(HEADER_SIZE + POLL_PREFIX_SIZE);
  let size = head.length;
  for (const record of records) size += record.length;
  encodeReplyHeader(head, replyHeader(OPERATION.nonReplicated, 0, size, meta));
  head.writeUInt32LE(partition, HEADER_SIZE);
  head.writeBigUInt64LE(currentOffset, HEADER_SIZE + 4);
  head.writeUInt32LE(count, HEADER_SIZE + 12);
  return [head, ...records];
}
