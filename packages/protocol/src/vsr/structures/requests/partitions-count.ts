import type { Reader } from "../../../primitives/reader.ts";
import type { Writer } from "../../../primitives/writer.ts";
import { readTopicTarget, type TopicTarget, writeTopicTarget } from "./targets.ts";

/* stream, topic identifiers, count u32 */

export interface PartitionsCountRequest extends TopicTarget {
  readonly partitionsCount: number;
}

export function writePartitionsCount(writer: Writer, request: PartitionsCountRequest): void {
  writeTopicTarget(writer, request);
  writer.u32(request.partitionsCount);
}

export function readPartitionsCount(reader: Reader): PartitionsCountRequest {
  return { ...readTopicTarget(reader), partitionsCount: reader.u32() };
}
