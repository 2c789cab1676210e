import type { MessageBatch } from "../contract/message.ts";

/**
 * The number, from 0, of the message at `index` among those that a transform made of one message: they share its offset and
 * stand side by side. 0 everywhere in a batch without such messages.
 */
export function siblingNumber(batch: MessageBatch, index: number): number {
  if (batch.consumed === batch.length) return 0;
  const offset = batch.offset(index);
  let number = 0;
  while (index > number && batch.offset(index - number - 1) === offset) number += 1;
  return number;
}
