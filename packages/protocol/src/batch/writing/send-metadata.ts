import { Writer } from "../../primitives/writer.ts";
import { writePartitioning } from "../../vsr/structures/fields/partitioning.ts";
import { writeTopicTarget } from "../../vsr/structures/requests/targets.ts";
import type { SendTarget } from "./send-writer.ts";

/*
 * What stands before the batch in a send, the same in every dialect:
 *   length u32 (of what follows), stream, topic identifiers, partitioning, message count u32
 */

/** Two identifiers and a partitioning have at most 257 bytes each. */
export const MAX_METADATA_SIZE = 4 + 3 * 257 + 4;

export function encodeMetadata(target: SendTarget, count: number): Buffer {
  const writer = new Writer(MAX_METADATA_SIZE);
  writer.u32(0);
  writeTopicTarget(writer, target);
  writePartitioning(writer, target.partitioning);
  writer.u32(count);
  return writer.patchU32(0, writer.length - 4).finish();
}
