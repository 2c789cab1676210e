import { POLL_PREFIX_SIZE } from "./batch/index-messages.ts";
import { HEADER_SIZE } from "./frames.ts";

/** What a server answers to a poll. */
export interface PollResponse {
  readonly partition: number;
  /** Offset of the newest message of the partition, 0 when it is empty. */
  readonly currentOffset: bigint;
  readonly count: number;
  /** Stamped messages, any number in each buffer. */
  readonly messages: readonly Buffer[];
}

/** A whole response frame to a poll, as buffers to write one after the other: the messages are not copied. */
export function encodePollResponse({ partition, currentOffset, count, messages }: PollResponse): Buffer[] {
  const head = Buffer.alloc(HEADER_SIZE + POLL_PREFIX_SIZE);
  let size = POLL_PREFIX_SIZE;
  for (const bytes of messages) size += bytes.length;
  head.writeUInt32LE(size, 4);
  head.writeUInt32LE(partition, HEADER_SIZE);
  head.writeBigUInt64LE(currentOffset, HEADER_SIZE + 4);
  head.writeUInt32LE(count, HEADER_SIZE + 12);
  return [head, ...messages];
}
