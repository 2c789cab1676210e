import { ProtocolError } from "../../../errors.ts";
import type { Reader } from "../../../primitives/reader.ts";
import type { Writer } from "../../../primitives/writer.ts";
import type { Partitioning } from "../../../values/identifiers.ts";

/*
 * partitioning: kind u8, length u8, value
 *   1 balanced: length 0        2 partition: length 4, u32        3 key: length 1 … 255, bytes
 */
const BALANCED = 1;
const PARTITION = 2;
const KEY = 3;
const PARTITION_LENGTH = 4;

export function writePartitioning(writer: Writer, partitioning: Partitioning): void {
  switch (partitioning.kind) {
    case "balanced":
      writer.u8(BALANCED).u8(0);
      break;
    case "partition":
      writer.u8(PARTITION).u8(PARTITION_LENGTH).u32(partitioning.partition);
      break;
    case "key":
      if (partitioning.key.length === 0 || partitioning.key.length > 0xff) {
        throw new ProtocolError(`a partition key has 1 … 255 bytes, found ${partitioning.key.length}`);
      }
      writer.u8(KEY).u8(partitioning.key.length).bytes(partitioning.key);
  }
}

export function readPartitioning(reader: Reader): Partitioning {
  const at = reader.position;
  const kind = reader.u8();
  const length = reader.u8();
  if (kind === BALANCED && length === 0) return { kind: "balanced" };
  if (kind === PARTITION && length === PARTITION_LENGTH) return { kind: "partition", partition: reader.u32() };
  if (kind === KEY && length > 0) return { kind: "key", key: reader.bytes(length) };
  throw new ProtocolError(`unknown partitioning of kind ${kind} and length ${length}`, at);
}
