import type { IggyClient } from "@iggy-connectors/client";
import type { MessageFrames, PollingStrategy } from "@iggy-connectors/protocol";
import { OPERATOR_CONSUMER } from "../../iggy/operator-consumer.ts";
import type { ConsumedPartition } from "./partitions.ts";

/** Where a sink continues after a reset. Times are microseconds since the Unix epoch. */
export type ResetTarget =
  | { readonly kind: "first" }
  | { readonly kind: "last" }
  | { readonly kind: "offset"; readonly next: bigint }
  | { readonly kind: "time"; readonly timestamp: bigint };

/** What a reset means for one partition. */
export interface PartitionReset {
  readonly partition: ConsumedPartition;
  /** Offset of the next message, before and after. */
  readonly before: bigint;
  readonly after: bigint;
  /** Number of messages that will be delivered again, and that will not be delivered at all. */
  readonly replayed: bigint;
  readonly skipped: bigint;
}

/**
 * What a reset would do to a partition, which begins at `initial` where no offset is stored. A target outside the partition
 * means its beginning or its end.
 */
export async function planReset(
  client: IggyClient,
  partition: ConsumedPartition,
  target: ResetTarget,
  initial: ResetTarget,
): Promise<PartitionReset> {
  const end = partition.end === undefined ? 0n : partition.end + 1n;
  const start = (await firstOffset(client, partition, { kind: "first" })) ?? end;
  const after = clamp(await nextOffset(client, partition, target, start, end), start, end);
  const current =
    partition.stored === undefined ? await nextOffset(client, partition, initial, start, end) : partition.stored + 1n;
  const before = clamp(current, start, end);
  return {
    partition,
    before,
    after,
    replayed: before > after ? before - after : 0n,
    skipped: after > before ? after - before : 0n,
  };
}

async function nextOffset(
  client: IggyClient,
  partition: ConsumedPartition,
  target: ResetTarget,
  start: bigint,
  end: bigint,
): Promise<bigint> {
  switch (target.kind) {
    case "first":
      return start;
    case "last":
      return end;
    case "offset":
      return target.next;
    case "time":
      return (await firstOffset(client, partition, { kind: "timestamp", timestamp: target.timestamp })) ?? end;
  }
}

async function firstOffset(
  client: IggyClient,
  { stream, topic, partition }: ConsumedPartition,
  strategy: PollingStrategy,
): Promise<bigint | undefined> {
  const frames: MessageFrames = await client.pollMessages({
    stream,
    topic,
    partition,
    consumer: OPERATOR_CONSUMER,
    strategy,
    count: 1,
  });
  return frames.length === 0 ? undefined : frames.offset(0);
}

function clamp(offset: bigint, low: bigint, high: bigint): bigint {
  if (offset < low) return low;
  return offset > high ? high : offset;
}
