import type { Reader } from "../../../primitives/reader.ts";
import type { Writer } from "../../../primitives/writer.ts";
import type { ConsumerSession, PartitionRouting } from "../../../values/routing.ts";
import { readClusterNode, writeClusterNode } from "./cluster-node.ts";

/*
 * consumer session: client u128, session u64, metadata watermark u64
 * routing: consumer session, then the node record of the primary
 */

export function writeConsumerSession(writer: Writer, session: ConsumerSession): void {
  writer.u128(session.client).u64(session.session).u64(session.metadataWatermark);
}

export function readConsumerSession(reader: Reader): ConsumerSession {
  return { client: reader.u128(), session: reader.u64(), metadataWatermark: reader.u64() };
}

export function writePartitionRouting(writer: Writer, routing: PartitionRouting): void {
  writeConsumerSession(writer, routing);
  writeClusterNode(writer, routing.primary);
}

export function readPartitionRouting(reader: Reader): PartitionRouting {
  return { ...readConsumerSession(reader), primary: readClusterNode(reader) };
}
