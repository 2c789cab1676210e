import type { Reader } from "../../../primitives/reader.ts";
import type { Writer } from "../../../primitives/writer.ts";

/* optional partition: flag u8 (1 present), partition u32 (0 when absent) */

export function writeOptionalPartition(writer: Writer, partition: number | undefined): void {
  writer.bool(partition !== undefined).u32(partition ?? 0);
}

/** As a property, so that an absent partition makes no key. */
export function readOptionalPartition(reader: Reader): { partition?: number } {
  const present = reader.bool();
  const partition = reader.u32();
  return present ? { partition } : {};
}
