import type { MessageBatch } from "../contract/message.ts";

/**
 * The index of the first message behind `offset`, or the batch's length. A batch comes again after an error, or from an
 * older offset stored in Iggy: what a target holds up to `offset` must not be written twice.
 */
export function indexAfter(batch: MessageBatch, offset: bigint): number {
  if (batch.length === 0 || batch.firstOffset > offset) return 0;
  let low = 0;
  let high = batch.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (batch.offset(middle) <= offset) low = middle + 1;
    else high = middle;
  }
  return low;
}
