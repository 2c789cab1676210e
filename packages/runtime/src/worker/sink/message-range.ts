import type { PartitionRef } from "@iggy-connectors/sdk";
import type { MessageRange } from "../../shared/workers/call-marks.ts";

/** Messages of a partition as the marks of a worker name them. */
export function messageRange({ stream, topic, partition }: PartitionRef, first: bigint, last: bigint): MessageRange {
  return { stream, topic, partition, first: first.toString(), last: last.toString() };
}
