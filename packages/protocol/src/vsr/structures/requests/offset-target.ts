import type { Reader } from "../../../primitives/reader.ts";
import type { Writer } from "../../../primitives/writer.ts";
import type { ConsumerRef } from "../../../values/identifiers.ts";
import { readConsumer, writeConsumer } from "../fields/consumer.ts";
import { readOptionalPartition, writeOptionalPartition } from "../fields/optional-partition.ts";
import { readTopicTarget, type TopicTarget, writeTopicTarget } from "./targets.ts";

/* Whose offset of which partition: consumer, stream, topic identifiers, optional partition */

export interface OffsetTarget extends TopicTarget {
  readonly consumer: ConsumerRef;
  readonly partition?: number;
}

export function writeOffsetTarget(writer: Writer, target: OffsetTarget): void {
  writeConsumer(writer, target.consumer);
  writeTopicTarget(writer, target);
  writeOptionalPartition(writer, target.partition);
}

export function readOffsetTarget(reader: Reader): OffsetTarget {
  return { consumer: readConsumer(reader), ...readTopicTarget(reader), ...readOptionalPartition(reader) };
}
