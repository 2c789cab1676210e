import { xxh32 } from "../../checksum/xxh32.ts";
import { ProtocolError } from "../../errors.ts";

/**
 * The partition a key belongs to, as official clients and servers compute it: XXH32 of the key modulo the partitions.
 */
export function partitionForKey(key: Uint8Array, partitionsCount: number): number {
  if (!Number.isInteger(partitionsCount) || partitionsCount < 1) {
    throw new ProtocolError(`a topic of ${partitionsCount} partitions has none for a key`);
  }
  return xxh32(key) % partitionsCount;
}
